//! [Snowplow's tracker protocol](https://docs.snowplow.io/docs/events/going-deeper/http-get-requests/), version 2.

use crate::wire::answers::Answers;
use crate::wire::shape::{
    Clock, Member, Part, Setting, Shape, Source, constant, object, of, value, whole_object,
};
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeyPlace, WireFormat,
};

pub(super) const SNOWPLOW: WireFormat = WireFormat {
    name: "snowplow",
    title: "Snowplow",
    path: "/com.snowplowanalytics.snowplow/tp2",
    other_paths: &[],
    content_type: "application/json; charset=utf-8",
    key_place: KeyPlace::Nowhere,
    envelope: Envelope::Object {
        open: &[EnvelopePiece::Json(
            "{\"schema\":\"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4\",",
        )],
        events: "data",
        close: &[EnvelopePiece::Json("}")],
    },
    limits: FormatLimits {
        event_bytes: 1_000_000,
        batch_bytes: 1_000_000 - 200,
        batch_events: 1_000,
    },
    deduplication_key: Some("eid"),
    answers: Answers::Discarding { accepted: "ok" },
    losses: &[
        "an answer of 200 does not say that an event was kept",
        "events and contexts are of two schemas, com.event-simulator/event and /context, which your registry needs",
    ],
    forms: &[
        EventForm { kind: FormKind::Page, members: PAGE_VIEW },
        EventForm { kind: FormKind::Any, members: SELF_DESCRIBING },
    ],
    told_by: &["e"],
};

const PAGE_VIEW: &[Member] = &[
    constant("e", "\"pv\""),
    EVENT_ID,
    VERSION,
    TRACKER,
    PLATFORM,
    APP,
    TRUE_TIME,
    DEVICE_TIME,
    USER,
    BROWSER,
    SESSION,
    URL,
    REFERRER,
    IP,
    USER_AGENT,
    LANGUAGE,
    RESOLUTION,
    value("page", Source::PagePath),
    Member::Named(
        "co",
        Shape::JsonText(&Shape::WholeObject(&[
            constant("schema", CONTEXTS),
            Member::Named(
                "data",
                Shape::ListOfOne(&Shape::WholeObject(&[
                    constant("schema", CONTEXT),
                    whole_object(
                        "data",
                        &[
                            value("session_id", Source::SessionId),
                            value("button_id", Source::ButtonId),
                            object(
                                "properties",
                                &[Member::Rest(Part::Props), Member::Rest(Part::Own)],
                            ),
                            value("own_fields", Source::OwnNames),
                            object("user", &[Member::Rest(Part::User)]),
                            object("device", &[Member::Rest(Part::Device)]),
                            object("session", &[Member::Rest(Part::Session)]),
                        ],
                    ),
                ])),
            ),
        ])),
    ),
];

const SELF_DESCRIBING: &[Member] = &[
    constant("e", "\"ue\""),
    EVENT_ID,
    VERSION,
    TRACKER,
    PLATFORM,
    APP,
    TRUE_TIME,
    DEVICE_TIME,
    USER,
    BROWSER,
    SESSION,
    URL,
    REFERRER,
    IP,
    USER_AGENT,
    LANGUAGE,
    RESOLUTION,
    Member::Named(
        "ue_pr",
        Shape::JsonText(&Shape::WholeObject(&[
            constant("schema", UNSTRUCT_EVENT),
            whole_object(
                "data",
                &[
                    constant("schema", EVENT),
                    whole_object(
                        "data",
                        &[
                            value("event_type", Source::EventType),
                            value("button_id", Source::ButtonId),
                            value("page_path", Source::PagePath),
                            Member::Rest(Part::Props),
                            Member::Rest(Part::Own),
                        ],
                    ),
                ],
            ),
        ])),
    ),
    Member::Named(
        "co",
        Shape::JsonText(&Shape::WholeObject(&[
            constant("schema", CONTEXTS),
            Member::Named(
                "data",
                Shape::ListOfOne(&Shape::WholeObject(&[
                    constant("schema", CONTEXT),
                    whole_object(
                        "data",
                        &[
                            value("session_id", Source::SessionId),
                            value("own_fields", Source::OwnNames),
                            object("user", &[Member::Rest(Part::User)]),
                            object("device", &[Member::Rest(Part::Device)]),
                            object("session", &[Member::Rest(Part::Session)]),
                        ],
                    ),
                ])),
            ),
        ])),
    ),
];

const CONTEXTS: &str = "\"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1\"";
const UNSTRUCT_EVENT: &str =
    "\"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\"";
const EVENT: &str = "\"iglu:com.event-simulator/event/jsonschema/1-0-0\"";
const CONTEXT: &str = "\"iglu:com.event-simulator/context/jsonschema/1-0-0\"";

const EVENT_ID: Member = value("eid", Source::EventId);
const VERSION: Member = constant("tv", "\"event-simulator-1\"");
const TRACKER: Member = constant("tna", "\"event-simulator\"");
const PLATFORM: Member = constant("p", "\"web\"");
const APP: Member = value("aid", Source::Setting(Setting::Host));
/// The true time wins over what the collector makes of the device's and its own.
const TRUE_TIME: Member = value("ttm", Source::Time(Clock::MillisText));
const DEVICE_TIME: Member = value("dtm", Source::Time(Clock::MillisText));
const USER: Member = value("uid", Source::KnownUserId);
const BROWSER: Member = value("duid", Source::AnonymousId);
const SESSION: Member = value("sid", Source::SessionUuid);
const URL: Member = value("url", Source::PageUrl);
const REFERRER: Member = of("refr", Part::Session, "referrer");
const IP: Member = of("ip", Part::Device, "ip");
const USER_AGENT: Member = of("ua", Part::Device, "user_agent");
const LANGUAGE: Member = of("lang", Part::Device, "language");
const RESOLUTION: Member = of("res", Part::Device, "screen");
