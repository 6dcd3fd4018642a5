//! [Mixpanel's import API](https://developer.mixpanel.com/reference/import-events).

use crate::wire::answers::Answers;
use crate::wire::shape::{
    Clock, Member, Part, Side, Source, constant, object, of, value, whole_object,
};
use crate::wire::wire_format::{Envelope, EventForm, FormKind, FormatLimits, KeyPlace, WireFormat};

pub(super) const MIXPANEL: WireFormat = WireFormat {
    name: "mixpanel",
    title: "Mixpanel",
    path: "/import?strict=1",
    other_paths: &["/track"],
    content_type: "application/json",
    key_place: KeyPlace::BasicUser,
    envelope: Envelope::Array,
    limits: FormatLimits {
        event_bytes: 1024 * 1024,
        batch_bytes: 10 * 1024 * 1024,
        batch_events: 2_000,
    },
    deduplication_key: Some("$insert_id"),
    answers: Answers::MixpanelRecords,
    losses: &["what users have is a property of each event: profiles are set at another endpoint"],
    forms: &[EventForm { kind: FormKind::Any, members: EVENT }],
    told_by: &["event"],
};

const EVENT: &[Member] = &[
    value("event", Source::EventType),
    whole_object(
        "properties",
        &[
            value("time", Source::Time(Clock::Millis)),
            value("distinct_id", Source::UserId),
            value("$insert_id", Source::EventId),
            value("$user_id", Source::KnownUserId),
            value("$device_id", Source::AnonymousId),
            value("session_id", Source::SessionId),
            value("$current_url", Source::PageUrl),
            value("page_path", Source::PagePath),
            value("button_id", Source::ButtonId),
            constant("mp_lib", "\"event-simulator\""),
            of("$os", Part::Device, "os"),
            of("$browser", Part::Device, "browser"),
            of("$device", Part::Device, "kind"),
            of("ip", Part::Device, "ip"),
            value("$screen_width", Source::Screen(Side::Width)),
            value("$screen_height", Source::Screen(Side::Height)),
            of("$referrer", Part::Session, "referrer"),
            of("utm_source", Part::Session, "utm_source"),
            of("utm_medium", Part::Session, "utm_medium"),
            of("utm_campaign", Part::Session, "utm_campaign"),
            object("user", &[Member::Rest(Part::User)]),
            object("device", &[Member::Rest(Part::Device)]),
            object("session", &[Member::Rest(Part::Session)]),
            value("own_fields", Source::OwnNames),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
];
