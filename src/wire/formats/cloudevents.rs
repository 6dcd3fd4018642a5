//! [CloudEvents 1.0](https://github.com/cloudevents/spec) in JSON, batched.

use crate::wire::answers::Answers;
use crate::wire::shape::{
    Clock, Member, Part, Setting, Source, constant, object, value, whole_object,
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
    value("id", Source::EventId),
    value("source", Source::Setting(Setting::Site)),
    value("type", Source::EventType),
    value("subject", Source::UserId),
    value("time", Source::Time(Clock::Rfc3339)),
    constant("datacontenttype", "\"application/json\""),
    value("sessionid", Source::SessionId),
    whole_object(
        "data",
        &[
            value("page_path", Source::PagePath),
            value("button_id", Source::ButtonId),
            value("anonymous_id", Source::AnonymousId),
            object("user", &[Member::Rest(Part::User)]),
            object("device", &[Member::Rest(Part::Device)]),
            object("session", &[Member::Rest(Part::Session)]),
            value("own_fields", Source::OwnNames),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
];
