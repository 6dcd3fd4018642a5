//! [RudderStack's HTTP API](https://www.rudderstack.com/docs/api/http-api/): Segment's calls, with sessions.

use super::segment::{CAMPAIGN, DEVICE, LIBRARY, OS, PAGE_CONTEXT, SCREEN_SIZE};
use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, Part, constant, object, of, value, whole_object,
};
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeyPlace, WireFormat,
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
    deduplication_key: Some("messageId"),
    answers: Answers::ByStatus { accepted: "OK" },
    losses: &[],
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
    value("messageId", EventValue::EventId),
    value("userId", EventValue::KnownUserId),
    value("anonymousId", EventValue::AnonymousId),
    value("timestamp", EventValue::Time(Clock::Rfc3339)),
    value("name", EventValue::PagePath),
    whole_object(
        "properties",
        &[
            value("path", EventValue::PagePath),
            value("url", EventValue::PageUrl),
            value("button_id", EventValue::ButtonId),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
    object("context", CONTEXT),
];

/// The call has no name of its own, so the context has it.
const IDENTIFY: &[Member] = &[
    constant("type", "\"identify\""),
    constant("channel", "\"web\""),
    value("messageId", EventValue::EventId),
    value("userId", EventValue::KnownUserId),
    value("anonymousId", EventValue::AnonymousId),
    value("timestamp", EventValue::Time(Clock::Rfc3339)),
    object(
        "context",
        &[
            value("event", EventValue::EventType),
            object(
                "event_properties",
                &[
                    value("button_id", EventValue::ButtonId),
                    Member::Rest(Part::Props),
                    Member::Rest(Part::Own),
                ],
            ),
            LIBRARY,
            value("sessionId", EventValue::SessionNumber),
            PAGE_CONTEXT,
            CAMPAIGN,
            of("ip", Part::Device, "ip"),
            of("userAgent", Part::Device, "user_agent"),
            of("locale", Part::Device, "language"),
            OS,
            SCREEN_SIZE,
            DEVICE,
            SESSION,
            whole_object("traits", &[Member::Rest(Part::User)]),
            value("own_fields", EventValue::OwnNames),
        ],
    ),
];

const TRACK: &[Member] = &[
    constant("type", "\"track\""),
    constant("channel", "\"web\""),
    value("messageId", EventValue::EventId),
    value("userId", EventValue::KnownUserId),
    value("anonymousId", EventValue::AnonymousId),
    value("timestamp", EventValue::Time(Clock::Rfc3339)),
    value("event", EventValue::EventType),
    whole_object(
        "properties",
        &[
            value("button_id", EventValue::ButtonId),
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ],
    ),
    object("context", CONTEXT),
];

const CONTEXT: &[Member] = &[
    LIBRARY,
    value("sessionId", EventValue::SessionNumber),
    PAGE_CONTEXT,
    CAMPAIGN,
    of("ip", Part::Device, "ip"),
    of("userAgent", Part::Device, "user_agent"),
    of("locale", Part::Device, "language"),
    OS,
    SCREEN_SIZE,
    DEVICE,
    SESSION,
    object("traits", &[Member::Rest(Part::User)]),
    value("own_fields", EventValue::OwnNames),
];

const SESSION: Member = object("session", &[Member::Rest(Part::Session)]);
