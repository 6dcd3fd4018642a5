//! [RudderStack's HTTP API](https://www.rudderstack.com/docs/api/http-api/): Segment's calls, with sessions.

use super::segment::{
    ALIAS, CALL_PATHS, CATEGORY, GROUP, IDENTIFY_PATHS, LIBRARY, ORIGIN, PAGE_PATHS, PROPERTIES,
    SCREEN, TRACK_PATHS, WHO_AND_WHEN,
};
use crate::wire::answers::Answers;
use crate::wire::form::{
    EventValue, FormNode, Member, Part, constant, object, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const RUDDERSTACK: WireFormat = WireFormat {
    name: "rudderstack",
    title: "RudderStack",
    path: "/v1/batch",
    reception: Reception { other_paths: CALL_PATHS, ..Reception::ONLY },
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
        EventForm::new(FormKind::Page, PAGE).at(PAGE_PATHS),
        EventForm::new(FormKind::Identify, IDENTIFY).at(IDENTIFY_PATHS),
        EventForm::new(FormKind::Any, TRACK).at(TRACK_PATHS),
        SCREEN,
        GROUP,
        ALIAS,
    ],
    told_by: &[&["type"]],
};

const PAGE: &[Member] = &[
    constant("type", "\"page\""),
    constant("channel", "\"web\""),
    WHO_AND_WHEN,
    value("name", EventValue::PageName),
    whole_object(
        "properties",
        &[value("path", EventValue::PagePath), value("url", EventValue::PageUrl), PROPERTIES],
    ),
    object("context", CONTEXT),
    CATEGORY,
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
    // Some clients have them where Segment has.
    Member::Read("traits", FormNode::Object(&[Member::Rest(Part::User)])),
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
