//! [RudderStack's HTTP API](https://www.rudderstack.com/docs/api/http-api/): Segment's calls, with sessions.

use super::segment::{LIBRARY, ORIGIN, PROPERTIES, WHO_AND_WHEN};
use crate::wire::answers::Answers;
use crate::wire::form::{EventValue, Member, Part, constant, object, value, whole_object};
use crate::wire::notation::Notation;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const RUDDERSTACK: WireFormat = WireFormat {
    name: "rudderstack",
    title: "RudderStack",
    path: "/v1/batch",
    other_paths: &[],
    content_type: "application/json",
    key_place: KeyPlace::BasicUser,
    envelope: Envelope::Object {
        open: &[EnvelopePiece::Json("{")],
        events: "batch",
        close: &[EnvelopePiece::Json(",\"sentAt\":"), EnvelopePiece::Now, EnvelopePiece::Json("}")],
    },
    limits: FormatLimits { event_bytes: 32 * 1024, batch_bytes: 4_000 * 1024, batch_events: 2_500 },
    kept: KeptLimits::ALL,
    deduplication_key: Some("messageId"),
    answers: Answers::ByStatus { accepted: "OK" },
    losses: &[],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm { kind: FormKind::Page, members: PAGE },
        EventForm { kind: FormKind::Identify, members: IDENTIFY },
        EventForm { kind: FormKind::Any, members: TRACK },
    ],
    told_by: &["type"],
};

const PAGE: &[Member] = &[
    constant("type", "\"page\""),
    constant("channel", "\"web\""),
    WHO_AND_WHEN,
    value("name", EventValue::PagePath),
    whole_object(
        "properties",
        &[value("path", EventValue::PagePath), value("url", EventValue::PageUrl), PROPERTIES],
    ),
    object("context", CONTEXT),
];

/// The call has no name of its own, so the context has it.
const IDENTIFY: &[Member] = &[
    constant("type", "\"identify\""),
    constant("channel", "\"web\""),
    WHO_AND_WHEN,
    object(
        "context",
        &[
            value("event", EventValue::EventType),
            object("event_properties", &[PROPERTIES]),
            LIBRARY,
            value("sessionId", EventValue::SessionNumber),
            ORIGIN,
            SESSION,
            whole_object("traits", &[Member::Rest(Part::User)]),
            value("own_fields", EventValue::OwnNames),
        ],
    ),
];

const TRACK: &[Member] = &[
    constant("type", "\"track\""),
    constant("channel", "\"web\""),
    WHO_AND_WHEN,
    value("event", EventValue::EventType),
    whole_object("properties", &[PROPERTIES]),
    object("context", CONTEXT),
];

const CONTEXT: &[Member] = &[
    LIBRARY,
    value("sessionId", EventValue::SessionNumber),
    ORIGIN,
    SESSION,
    object("traits", &[Member::Rest(Part::User)]),
    value("own_fields", EventValue::OwnNames),
];

const SESSION: Member = object("session", &[Member::Rest(Part::Session)]);
