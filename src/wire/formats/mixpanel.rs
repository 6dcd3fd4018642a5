//! [Mixpanel's import API](https://developer.mixpanel.com/reference/import-events).

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, OWNERS, Part, ScreenSide, constant, of, read, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const MIXPANEL: WireFormat = WireFormat {
    name: "mixpanel",
    title: "Mixpanel",
    path: "/import?strict=1",
    reception: Reception {
        other_paths: &[
            "/import/", "/track", "/track/", "/engage", "/engage/", "/groups", "/groups/",
        ],
        lookups: &[
            ("/flags", r#"{"flags":{}}"#),
            ("/flags/definitions", r#"{"flags":[]}"#),
            ("/decide", r#"{"config":{}}"#),
            ("/decide/", r#"{"config":{}}"#),
        ],
        takes_data: true,
        ..Reception::ONLY
    },
    content_type: "application/json",
    key_place: KeyPlace::BasicUser,
    envelope: Envelope::Array,
    limits: FormatLimits {
        event_bytes: 1024 * 1024,
        batch_bytes: 10 * 1024 * 1024,
        batch_events: 2_000,
    },
    kept: KeptLimits::ALL,
    deduplication_key: Some("$insert_id"),
    answers: Answers::MixpanelRecords,
    losses: &["what users have is a property of each event: profiles are set at another endpoint"],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm::new(FormKind::Any, EVENT),
        EventForm::new(FormKind::Received("profile_updated"), PROFILE)
            .at(&["/engage", "/engage/", "/groups", "/groups/"]),
    ],
    told_by: &[&["event"]],
};

const EVENT: &[Member] = &[
    value("event", EventValue::EventType),
    whole_object(
        "properties",
        &[
            value("time", EventValue::Time(Clock::Millis)),
            value("distinct_id", EventValue::UserId),
            value("$insert_id", EventValue::EventId),
            value("$user_id", EventValue::KnownUserId),
            value("$device_id", EventValue::AnonymousId),
            value("session_id", EventValue::SessionId),
            value("$current_url", EventValue::PageUrl),
            value("page_path", EventValue::PagePath),
            value("button_id", EventValue::ButtonId),
            constant("mp_lib", "\"event-simulator\""),
            of("$os", Part::Device, "os"),
            of("$browser", Part::Device, "browser"),
            of("$device", Part::Device, "kind"),
            of("ip", Part::Device, "ip"),
            value("$screen_width", EventValue::Screen(ScreenSide::Width)),
            value("$screen_height", EventValue::Screen(ScreenSide::Height)),
            of("$referrer", Part::Session, "referrer"),
            of("utm_source", Part::Session, "utm_source"),
            of("utm_medium", Part::Session, "utm_medium"),
            of("utm_campaign", Part::Session, "utm_campaign"),
            OWNERS,
            value("own_fields", EventValue::OwnNames),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
            // Two ids made one name both, or what is known and what was not.
            read("$distinct_ids", EventValue::BrowserId),
            read("$identified_id", EventValue::UserId),
        ],
    ),
];

/// What is set of a user or a group, each change under the name of its kind.
const PROFILE: &[Member] = &[
    constant("$token", "\"\""),
    value("$distinct_id", EventValue::UserId),
    Member::Rest(Part::Props),
    read("$group_id", EventValue::BrowserId),
    read("$time", EventValue::DeviceTime),
];
