//! [Snowplow's tracker protocol](https://docs.snowplow.io/docs/events/going-deeper/http-get-requests/), version 2.

use crate::wire::answers::Answers;
use crate::wire::arrival_fields::SENT_AT;
use crate::wire::form::{
    EventValue, FormNode, Member, OWNERS, Part, Setting, constant, object, of, received_at, value,
    whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
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
    kept: KeptLimits::ALL,
    deduplication_key: Some("eid"),
    answers: Answers::Discarding { accepted: "ok", status: 200, told_by: None },
    losses: &[
        "an answer of 200 does not say that an event was kept",
        "events and contexts are of two schemas, com.event-simulator/event and /context, which your registry needs",
    ],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm { kind: FormKind::Page, members: PAGE_VIEW },
        EventForm { kind: FormKind::Any, members: SELF_DESCRIBING },
    ],
    told_by: &["e"],
};

const PAGE_VIEW: &[Member] = &[
    constant("e", "\"pv\""),
    COMMON,
    value("page", EventValue::PagePath),
    Member::Named(
        "co",
        FormNode::JsonText(&FormNode::WholeObject(&[
            constant("schema", CONTEXTS),
            Member::Named(
                "data",
                FormNode::ListOfOne(&FormNode::WholeObject(&[
                    constant("schema", CONTEXT),
                    whole_object(
                        "data",
                        &[
                            value("session_id", EventValue::SessionId),
                            received_at("received_at"),
                            value("button_id", EventValue::ButtonId),
                            object(
                                "properties",
                                &[Member::Rest(Part::Props), Member::Rest(Part::Own)],
                            ),
                            value("own_fields", EventValue::OwnNames),
                            OWNERS,
                        ],
                    ),
                ])),
            ),
        ])),
    ),
];

const SELF_DESCRIBING: &[Member] = &[
    constant("e", "\"ue\""),
    COMMON,
    Member::Named(
        "ue_pr",
        FormNode::JsonText(&FormNode::WholeObject(&[
            constant("schema", UNSTRUCT_EVENT),
            whole_object(
                "data",
                &[
                    constant("schema", EVENT),
                    whole_object(
                        "data",
                        &[
                            value("event_type", EventValue::EventType),
                            value("button_id", EventValue::ButtonId),
                            value("page_path", EventValue::PagePath),
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
        FormNode::JsonText(&FormNode::WholeObject(&[
            constant("schema", CONTEXTS),
            Member::Named(
                "data",
                FormNode::ListOfOne(&FormNode::WholeObject(&[
                    constant("schema", CONTEXT),
                    whole_object(
                        "data",
                        &[
                            value("session_id", EventValue::SessionId),
                            received_at("received_at"),
                            value("own_fields", EventValue::OwnNames),
                            OWNERS,
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

/// What every event has.
const COMMON: Member = Member::Group(&[
    EVENT_ID,
    VERSION,
    TRACKER,
    PLATFORM,
    APP,
    TRUE_TIME,
    DEVICE_TIME,
    SENT_TIME,
    USER,
    BROWSER,
    SESSION,
    URL,
    REFERRER,
    IP,
    USER_AGENT,
    LANGUAGE,
    RESOLUTION,
]);

const EVENT_ID: Member = value("eid", EventValue::EventId);
const VERSION: Member = constant("tv", "\"event-simulator-1\"");
const TRACKER: Member = constant("tna", "\"event-simulator\"");
const PLATFORM: Member = constant("p", "\"web\"");
const APP: Member = value("aid", EventValue::Setting(Setting::Host));
/// The true time wins over what the collector makes of the device's and its own.
const TRUE_TIME: Member = value("ttm", EventValue::TrueTime);
const DEVICE_TIME: Member = value("dtm", EventValue::DeviceTime);
const SENT_TIME: Member = value("stm", EventValue::MillisOf(Part::Own, SENT_AT));
const USER: Member = value("uid", EventValue::KnownUserId);
const BROWSER: Member = value("duid", EventValue::AnonymousId);
const SESSION: Member = value("sid", EventValue::SessionUuid);
const URL: Member = value("url", EventValue::PageUrl);
const REFERRER: Member = of("refr", Part::Session, "referrer");
const IP: Member = of("ip", Part::Device, "ip");
const USER_AGENT: Member = of("ua", Part::Device, "user_agent");
const LANGUAGE: Member = of("lang", Part::Device, "language");
const RESOLUTION: Member = of("res", Part::Device, "screen");
