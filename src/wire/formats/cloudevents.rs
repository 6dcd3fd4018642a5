//! [CloudEvents 1.0](https://github.com/cloudevents/spec) in JSON, batched.

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, Part, Setting, constant, object, value, whole_object,
};
use crate::wire::wire_format::{Envelope, EventForm, FormKind, FormatLimits, KeyPlace, WireFormat};

pub(super) const CLOUDEVENTS: WireFormat = WireFormat {
    name: "cloudevents",
    title: "CloudEvents",
    path: "/",
    other_paths: &[],
    content_type: "application/cloudevents-batch+json",
    key_place: KeyPlace::Nowhere,
    envelope: Envelope::Array,
    // The specification asks receivers for 64 KiB an event; of a batch it says nothing.
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 1024 * 1024, batch_events: 1_000 },
    deduplication_key: Some("source and id"),
    answers: Answers::ByStatus { accepted: "" },
    losses: &[],
    forms: &[EventForm { kind: FormKind::Any, members: EVENT }],
    told_by: &["type"],
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
    whole_object(
        "data",
        &[
            value("page_path", EventValue::PagePath),
            value("button_id", EventValue::ButtonId),
            value("anonymous_id", EventValue::AnonymousId),
            object("user", &[Member::Rest(Part::User)]),
            object("device", &[Member::Rest(Part::Device)]),
            object("session", &[Member::Rest(Part::Session)]),
            value("own_fields", EventValue::OwnNames),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
];
