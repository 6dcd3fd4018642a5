//! [Amplitude's HTTP V2 API](https://amplitude.com/docs/apis/analytics/http-v2).

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, Part, constant, object, of, read_property, received_at, sent_at,
    value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const AMPLITUDE: WireFormat = WireFormat {
    name: "amplitude",
    title: "Amplitude",
    path: "/2/httpapi",
    reception: Reception { other_paths: &["/batch"], ..Reception::ONLY },
    content_type: "application/json",
    key_place: KeyPlace::Envelope,
    envelope: Envelope::Object {
        open: &[
            EnvelopePiece::Json("{\"api_key\":"),
            EnvelopePiece::Key,
            EnvelopePiece::Json(",\"options\":{\"min_id_length\":1},"),
        ],
        events: "events",
        close: &[EnvelopePiece::Json("}")],
    },
    limits: FormatLimits {
        event_bytes: 1024 * 1024 - 1024,
        batch_bytes: 1024 * 1024 - 1024,
        batch_events: 1_999,
    },
    kept: KeptLimits::ALL,
    deduplication_key: Some("insert_id"),
    answers: Answers::AmplitudeLists,
    losses: &[
        "deduplication needs a device id, which only `users.devices` or `users.identity` gives",
    ],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[EventForm::new(FormKind::Any, EVENT)],
    told_by: &[&["event_type"]],
};

const EVENT: &[Member] = &[
    value("event_type", EventValue::EventType),
    value("user_id", EventValue::KnownUserId),
    value("device_id", EventValue::AnonymousId),
    value("time", EventValue::Time(Clock::Millis)),
    sent_at("client_upload_time"),
    received_at("server_received_time"),
    value("session_id", EventValue::SessionStart),
    value("insert_id", EventValue::EventId),
    of("os_name", Part::Device, "os"),
    constant("platform", "\"Web\""),
    of("language", Part::Device, "language"),
    of("ip", Part::Device, "ip"),
    of("user_agent", Part::Device, "user_agent"),
    whole_object(
        "event_properties",
        &[
            value("session_id", EventValue::SessionId),
            value("page_path", EventValue::PagePath),
            value("button_id", EventValue::ButtonId),
            value("own_fields", EventValue::OwnNames),
            object("device", &[Member::Rest(Part::Device)]),
            object("session", &[Member::Rest(Part::Session)]),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
    object("user_properties", &[Member::Rest(Part::User)]),
    read_property("groups"),
    read_property("group_properties"),
    read_property("price"),
    read_property("quantity"),
    read_property("revenue"),
    read_property("productId"),
    read_property("revenueType"),
];
