//! [Segment's HTTP tracking API](https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/).

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, Member, Part, ScreenSide, constant, object, of, read, read_property,
    received_at, sent_at, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const SEGMENT: WireFormat = WireFormat {
    name: "segment",
    title: "Segment",
    path: "/v1/batch",
    reception: Reception {
        other_paths: CALL_PATHS,
        lookups: &[("/v1/projects/*/settings", r#"{"integrations":{}}"#)],
        ..Reception::ONLY
    },
    content_type: "application/json",
    key_place: KeyPlace::BasicUser,
    envelope: Envelope::Object {
        open: &[EnvelopePiece::Json("{")],
        events: "batch",
        // Segment takes what it was sent late off the time, so it has to know when that was.
        close: &[EnvelopePiece::Json(",\"sentAt\":"), EnvelopePiece::Now, EnvelopePiece::Json("}")],
    },
    limits: FormatLimits { event_bytes: 32 * 1024, batch_bytes: 500 * 1024, batch_events: 2_500 },
    kept: KeptLimits::ALL,
    deduplication_key: Some("messageId"),
    answers: Answers::Discarding { accepted: r#"{"success":true}"#, status: 200, told_by: None },
    losses: &["an answer of 200 does not say that an event was kept"],
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
    WHO_AND_WHEN,
    whole_object("traits", &[Member::Rest(Part::User)]),
    object(
        "context",
        &[
            value("event", EventValue::EventType),
            object("event_properties", &[PROPERTIES]),
            LIBRARY,
            ORIGIN,
            SESSION,
            value("own_fields", EventValue::OwnNames),
        ],
    ),
];

const TRACK: &[Member] = &[
    constant("type", "\"track\""),
    WHO_AND_WHEN,
    value("event", EventValue::EventType),
    whole_object("properties", &[PROPERTIES]),
    object("context", CONTEXT),
];

/// Beside batches each call can be sent alone, to a path that says which it is.
pub(super) const CALL_PATHS: &[&str] = &[
    "/v1/import",
    "/v1/page",
    "/v1/p",
    "/v1/track",
    "/v1/t",
    "/v1/identify",
    "/v1/i",
    "/v1/screen",
    "/v1/s",
    "/v1/group",
    "/v1/g",
    "/v1/alias",
    "/v1/a",
];
pub(super) const PAGE_PATHS: &[&str] = &["/v1/page", "/v1/p"];
pub(super) const TRACK_PATHS: &[&str] = &["/v1/track", "/v1/t"];
pub(super) const IDENTIFY_PATHS: &[&str] = &["/v1/identify", "/v1/i"];
/// The calls that we do not send.
pub(super) const SCREEN: EventForm =
    EventForm::new(FormKind::Received("screen"), SCREEN_CALL).at(&["/v1/screen", "/v1/s"]);
pub(super) const GROUP: EventForm =
    EventForm::new(FormKind::Received("group"), GROUP_CALL).at(&["/v1/group", "/v1/g"]);
pub(super) const ALIAS: EventForm =
    EventForm::new(FormKind::Received("alias"), ALIAS_CALL).at(&["/v1/alias", "/v1/a"]);

const SCREEN_CALL: &[Member] = &[
    constant("type", "\"screen\""),
    WHO_AND_WHEN,
    whole_object("properties", &[PROPERTIES]),
    object("context", CONTEXT),
    NAME,
    CATEGORY,
];

const GROUP_CALL: &[Member] = &[
    constant("type", "\"group\""),
    WHO_AND_WHEN,
    object("context", CONTEXT),
    read_property("groupId"),
    read_property("traits"),
];

const ALIAS_CALL: &[Member] = &[
    constant("type", "\"alias\""),
    WHO_AND_WHEN,
    object("context", CONTEXT),
    read_property("previousId"),
];

const NAME: Member = read_property("name");
pub(super) const CATEGORY: Member = read_property("category");

const CONTEXT: &[Member] = &[
    LIBRARY,
    ORIGIN,
    SESSION,
    object("traits", &[Member::Rest(Part::User)]),
    value("own_fields", EventValue::OwnNames),
];

pub(super) const WHO_AND_WHEN: Member = Member::Group(&[
    value("messageId", EventValue::EventId),
    value("userId", EventValue::KnownUserId),
    value("anonymousId", EventValue::AnonymousId),
    value("timestamp", EventValue::Time(Clock::Rfc3339)),
    sent_at("sentAt"),
    received_at("receivedAt"),
    read("originalTimestamp", EventValue::Time(Clock::Rfc3339)),
]);
pub(super) const PROPERTIES: Member = Member::Group(&[
    value("button_id", EventValue::ButtonId),
    Member::Rest(Part::Props),
    Member::Rest(Part::Own),
]);
/// The page, the campaign and the device, as they stand in a context.
pub(super) const ORIGIN: Member = Member::Group(&[
    PAGE_CONTEXT,
    CAMPAIGN,
    of("ip", Part::Device, "ip"),
    of("userAgent", Part::Device, "user_agent"),
    of("locale", Part::Device, "language"),
    OS,
    SCREEN_SIZE,
    DEVICE,
]);
pub(super) const LIBRARY: Member =
    constant("library", r#"{"name":"event-simulator","version":"1"}"#);
const PAGE_CONTEXT: Member = object(
    "page",
    &[
        value("path", EventValue::PagePath),
        value("url", EventValue::PageUrl),
        of("referrer", Part::Session, "referrer"),
    ],
);
const CAMPAIGN: Member = object(
    "campaign",
    &[
        of("name", Part::Session, "utm_campaign"),
        of("source", Part::Session, "utm_source"),
        of("medium", Part::Session, "utm_medium"),
    ],
);
const OS: Member = object("os", &[of("name", Part::Device, "os")]);
const SCREEN_SIZE: Member = object(
    "screen",
    &[
        value("width", EventValue::Screen(ScreenSide::Width)),
        value("height", EventValue::Screen(ScreenSide::Height)),
    ],
);
const DEVICE: Member = object(
    "device",
    &[of("id", Part::Device, "id"), of("type", Part::Device, "kind"), Member::Rest(Part::Device)],
);
const SESSION: Member =
    object("session", &[value("id", EventValue::SessionId), Member::Rest(Part::Session)]);
