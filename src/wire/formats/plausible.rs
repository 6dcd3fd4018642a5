//! [Plausible's events API](https://plausible.io/docs/events-api).

use crate::event::event_type;
use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FLAT_PROPERTIES, FormNode, Member, OWNERS_AS_TEXT, Part, Setting, constant,
    text_of, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

/// Who visits is known by the address and the user agent of the request, so each event has its headers.
pub(super) const PLAUSIBLE: WireFormat = WireFormat {
    name: "plausible",
    title: "Plausible",
    path: "/api/event",
    reception: Reception { knows_by_address: true, ..Reception::ONLY },
    content_type: "application/json",
    key_place: KeyPlace::Nowhere,
    envelope: Envelope::Message,
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 64 * 1024, batch_events: 1 },
    kept: KeptLimits {
        event_name: Some(120),
        property_name: Some(300),
        text: Some(2_000),
        properties: Some(30),
    },
    deduplication_key: None,
    answers: Answers::Discarding {
        accepted: "ok",
        status: 202,
        told_by: Some(("x-plausible-dropped", "1")),
    },
    losses: &[
        "there is no time: events count when they come, so replay at --speed 1",
        "visitors are known by user agent and address; where a device has none, each gets an address of 2001:db8::/32",
        "no more than 30 properties are kept; those that are lists or objects are one, as JSON text; a repeated event counts twice",
    ],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm::new(FormKind::Page, PAGE_VIEW),
        EventForm::new(FormKind::Any, CUSTOM),
        EventForm::new(FormKind::Received(event_type::PAGE_VISITED), SCRIPT_PAGE_VIEW),
        EventForm::new(FormKind::Received(""), SCRIPT_EVENT),
    ],
    told_by: &[&["body", "name"], &["body", "n"]],
};

const PAGE_VIEW: &[Member] = &[
    HEADERS,
    whole_object("body", &[constant("name", "\"pageview\""), DOMAIN, URL, REFERRER, PROPS]),
];

const CUSTOM: &[Member] = &[
    HEADERS,
    whole_object("body", &[value("name", EventValue::EventType), DOMAIN, URL, REFERRER, PROPS]),
];

/// What the script of a page sends, whose names are short.
const SCRIPT_PAGE_VIEW: &[Member] =
    &[HEADERS, whole_object("body", &[constant("n", "\"pageview\""), SCRIPT])];
const SCRIPT_EVENT: &[Member] =
    &[HEADERS, whole_object("body", &[value("n", EventValue::EventType), SCRIPT])];
const SCRIPT: Member = Member::Group(&[
    value("u", EventValue::PageOrSiteUrl),
    text_of("r", Part::Session, "referrer"),
    Member::Named("p", FormNode::JsonText(&FormNode::WholeObject(PROPS_OF_EVENT))),
    Member::Named("m", FormNode::JsonText(&FormNode::WholeObject(PROPS_OF_EVENT))),
]);

const HEADERS: Member = whole_object(
    "headers",
    &[
        value("user-agent", EventValue::ClientAgent),
        value("x-forwarded-for", EventValue::ClientAddress),
    ],
);
const DOMAIN: Member = value("domain", EventValue::Setting(Setting::Host));
const URL: Member = value("url", EventValue::PageOrSiteUrl);
const REFERRER: Member = text_of("referrer", Part::Session, "referrer");
const PROPS: Member = whole_object("props", PROPS_OF_EVENT);
/// A property is a text, a number or a flag, so what is none of ours stands as JSON text.
const PROPS_OF_EVENT: &[Member] = &[
    value("event_id", EventValue::EventId),
    value("event_time", EventValue::Time(Clock::Rfc3339)),
    value("user_id", EventValue::KnownUserId),
    value("anonymous_id", EventValue::AnonymousId),
    value("session_id", EventValue::SessionId),
    value("page_path", EventValue::PagePath),
    value("button_id", EventValue::ButtonId),
    OWNERS_AS_TEXT,
    FLAT_PROPERTIES,
];
