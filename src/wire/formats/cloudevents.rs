//! [CloudEvents 1.0](https://github.com/cloudevents/spec) over HTTP, in its three modes.

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FormNode, Member, OWNERS, Part, Setting, constant, read, read_property,
    value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

/// Several events a request.
pub(super) const CLOUDEVENTS: WireFormat = WireFormat {
    name: "cloudevents",
    title: "CloudEvents",
    content_type: "application/cloudevents-batch+json",
    envelope: Envelope::Array,
    // The specification asks receivers for 64 KiB an event; of a batch it says nothing.
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 1024 * 1024, batch_events: 1_000 },
    ..STRUCTURED
};

/// One event a request.
pub(super) const STRUCTURED: WireFormat = WireFormat {
    name: "cloudevents-structured",
    title: "CloudEvents, one a request",
    content_type: "application/cloudevents+json",
    envelope: Envelope::Nothing,
    told_by_header: Some(("ce-specversion", &BINARY)),
    forms: &[EventForm::new(FormKind::Any, EVENT)],
    told_by: &[&["type"]],
    ..BINARY
};

/// One event a request, whose body is the data alone.
pub(super) const BINARY: WireFormat = WireFormat {
    name: "cloudevents-binary",
    title: "CloudEvents in headers",
    path: "/",
    reception: Reception::ONLY,
    content_type: "application/json",
    key_place: KeyPlace::Nowhere,
    envelope: Envelope::Message,
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 64 * 1024, batch_events: 1 },
    kept: KeptLimits::ALL,
    deduplication_key: Some("source and id"),
    answers: Answers::ByStatus { accepted: "" },
    losses: &[],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[EventForm::new(FormKind::Any, MESSAGE)],
    told_by: &[&["headers", "ce-type"]],
};

const EVENT: &[Member] = &[
    constant("specversion", "\"1.0\""),
    value("id", EventValue::EventId),
    value("source", EventValue::Setting(Setting::Site)),
    value("type", EventValue::EventType),
    value("subject", EventValue::UserId),
    value("time", EventValue::Time(Clock::Rfc3339)),
    constant("datacontenttype", "\"application/json\""),
    value("sessionid", EventValue::SessionId),
    whole_object("data", DATA),
    read_property("data_base64"),
];

const MESSAGE: &[Member] = &[
    whole_object(
        "headers",
        &[
            constant("ce-specversion", "\"1.0\""),
            header("ce-id", EventValue::EventId),
            header("ce-source", EventValue::Setting(Setting::Site)),
            header("ce-type", EventValue::EventType),
            header("ce-subject", EventValue::UserId),
            header("ce-time", EventValue::Time(Clock::Rfc3339)),
            header("ce-sessionid", EventValue::SessionId),
        ],
    ),
    whole_object("body", DATA),
];

const DATA: &[Member] = &[
    value("page_path", EventValue::PagePath),
    value("button_id", EventValue::ButtonId),
    value("anonymous_id", EventValue::AnonymousId),
    OWNERS,
    value("own_fields", EventValue::OwnNames),
    Member::Rest(Part::Props),
    Member::Rest(Part::Own),
    // Where there is no subject.
    read("user_id", EventValue::UserId),
    read("userId", EventValue::UserId),
];

const fn header(name: &'static str, source: EventValue) -> Member {
    Member::Named(name, FormNode::HeaderText(source))
}
