//! [Umami's events](https://umami.is/docs/api/sending-stats).

use crate::event::event_type;
use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, OWNERS, Part, Setting, constant, object, of, read_property, value,
    whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const UMAMI: WireFormat = WireFormat {
    name: "umami",
    title: "Umami",
    path: "/api/batch",
    reception: Reception {
        other_paths: &["/api/send"],
        lookups: &[("/api/heartbeat", r#"{"ok":true}"#)],
        knows_by_address: true,
        ..Reception::ONLY
    },
    content_type: "application/json",
    key_place: KeyPlace::Event,
    envelope: Envelope::Array,
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 1024 * 1024, batch_events: 100 },
    kept: KeptLimits { event_name: Some(50), ..KeptLimits::ALL },
    deduplication_key: None,
    answers: Answers::Discarding { accepted: r#"{"errors":0}"#, status: 200, told_by: None },
    losses: &[
        "an answer of 200 does not say that an event was kept",
        "times are whole seconds, event names are cut at 50 characters, and a repeated event counts twice",
    ],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm::new(FormKind::Page, PAGE),
        EventForm::new(FormKind::Any, CUSTOM),
        EventForm::new(FormKind::Received(event_type::LOGGED_IN), IDENTIFY),
    ],
    told_by: &[&["type"], &["payload", "name"]],
};

const PAGE: &[Member] = &[
    constant("type", "\"event\""),
    whole_object(
        "payload",
        &[
            WEBSITE, HOST, URL, USER, TIME, REFERRER, LANGUAGE, SCREEN, IP, USER_AGENT, DATA,
            TITLE, TAG,
        ],
    ),
];

const CUSTOM: &[Member] = &[
    constant("type", "\"event\""),
    whole_object(
        "payload",
        &[
            value("name", EventValue::EventType),
            WEBSITE,
            HOST,
            URL,
            USER,
            TIME,
            REFERRER,
            LANGUAGE,
            SCREEN,
            IP,
            USER_AGENT,
            DATA,
            TITLE,
            TAG,
        ],
    ),
];

/// What is said of the user alone.
const IDENTIFY: &[Member] = &[
    constant("type", "\"identify\""),
    whole_object(
        "payload",
        &[
            URL,
            USER,
            TIME,
            LANGUAGE,
            SCREEN,
            IP,
            USER_AGENT,
            object("data", &[Member::Rest(Part::User)]),
        ],
    ),
];

const TITLE: Member = read_property("title");
const TAG: Member = read_property("tag");

const WEBSITE: Member = value("website", EventValue::Setting(Setting::Key));
const HOST: Member = value("hostname", EventValue::Setting(Setting::Host));
const URL: Member = value("url", EventValue::PagePath);
const USER: Member = value("id", EventValue::UserId);
const TIME: Member = value("timestamp", EventValue::Time(Clock::Seconds));
const REFERRER: Member = of("referrer", Part::Session, "referrer");
const LANGUAGE: Member = of("language", Part::Device, "language");
const SCREEN: Member = of("screen", Part::Device, "screen");
const IP: Member = of("ip", Part::Device, "ip");
const USER_AGENT: Member = of("userAgent", Part::Device, "user_agent");
/// What Umami has no place for, the time to the millisecond too.
const DATA: Member = whole_object(
    "data",
    &[
        value("event_id", EventValue::EventId),
        value("event_time", EventValue::Time(Clock::Rfc3339)),
        value("session_id", EventValue::SessionId),
        value("anonymous_id", EventValue::AnonymousId),
        value("button_id", EventValue::ButtonId),
        value("own_fields", EventValue::OwnNames),
        OWNERS,
        Member::Rest(Part::Props),
        Member::Rest(Part::Own),
    ],
);
