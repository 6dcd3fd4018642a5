//! [Snowplow's tracker protocol](https://docs.snowplow.io/docs/events/going-deeper/http-get-requests/), version 2.

use crate::wire::answers::Answers;
use crate::wire::arrival_fields::SENT_AT;
use crate::wire::form::{
    EventValue, FormNode, Member, OWNERS, Part, Setting, constant, object, of, read, read_property,
    received_at, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const SNOWPLOW: WireFormat = WireFormat {
    name: "snowplow",
    title: "Snowplow",
    path: "/com.snowplowanalytics.snowplow/tp2",
    reception: Reception {
        // A collector takes what is posted to any path of a vendor and a version.
        other_paths: &["/*/*"],
        pixel_paths: &["/i", "/ice.png", "/*/*"],
        described_paths: &["/com.snowplowanalytics.iglu/v1"],
        discards_unreadable: true,
        knows_by_address: true,
        ..Reception::ONLY
    },
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
        EventForm::new(FormKind::Page, PAGE_VIEW),
        EventForm::new(FormKind::Any, SELF_DESCRIBING),
        EventForm::new(FormKind::Received("page_ping"), PAGE_PING),
        EventForm::new(FormKind::Received("struct"), STRUCTURED),
        EventForm::new(FormKind::Received("transaction"), TRANSACTION),
        EventForm::new(FormKind::Received("transaction_item"), TRANSACTION_ITEM),
        EventForm::new(FormKind::Received(""), WEBHOOK).at(&["/com.snowplowanalytics.iglu/v1"]),
    ],
    told_by: &[&["e"]],
};

const PAGE_VIEW: &[Member] = &[
    constant("e", "\"pv\""),
    COMMON,
    value("page", EventValue::PageName),
    Member::Named("co", FormNode::JsonText(PAGE_CONTEXT)),
    Member::Read("cx", FormNode::Base64(PAGE_CONTEXT)),
];

const PAGE_CONTEXT: &FormNode = &FormNode::WholeObject(&[
    constant("schema", CONTEXTS),
    Member::Named(
        "data",
        FormNode::Entities(&FormNode::WholeObject(&[
            constant("schema", CONTEXT),
            whole_object(
                "data",
                &[
                    value("session_id", EventValue::SessionId),
                    received_at("received_at"),
                    value("button_id", EventValue::ButtonId),
                    object("properties", &[Member::Rest(Part::Props), Member::Rest(Part::Own)]),
                    value("own_fields", EventValue::OwnNames),
                    OWNERS,
                ],
            ),
        ])),
    ),
]);

const SELF_DESCRIBING: &[Member] = &[
    constant("e", "\"ue\""),
    COMMON,
    Member::Named("ue_pr", FormNode::JsonText(UNSTRUCT)),
    Member::Read("ue_px", FormNode::Base64(UNSTRUCT)),
    Member::Named("co", FormNode::JsonText(EVENT_CONTEXT)),
    Member::Read("cx", FormNode::Base64(EVENT_CONTEXT)),
];

const UNSTRUCT: &FormNode = &FormNode::WholeObject(&[
    constant("schema", UNSTRUCT_EVENT),
    Member::Named("data", FormNode::Described(OWN_EVENT, DESCRIBED)),
]);

const OWN_EVENT: &FormNode = &FormNode::WholeObject(&[
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
]);

/// An event of another schema, whose name is its type.
const DESCRIBED: &[Member] =
    &[value("schema", EventValue::SchemaName), whole_object("data", &[Member::Rest(Part::Props)])];

/// The same, posted as it is, or as parameters.
const WEBHOOK: &[Member] = &[
    value("schema", EventValue::SchemaName),
    whole_object("data", &[Member::Rest(Part::Props)]),
    value("uid", EventValue::UserId),
    Member::Rest(Part::Props),
];

const EVENT_CONTEXT: &FormNode = &FormNode::WholeObject(&[
    constant("schema", CONTEXTS),
    Member::Named(
        "data",
        FormNode::Entities(&FormNode::WholeObject(&[
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
]);

/// What other trackers send and we do not.
const PAGE_PING: &[Member] = &[
    constant("e", "\"pp\""),
    COMMON,
    value("page", EventValue::PageName),
    ENTITIES,
    read_property("pp_mix"),
    read_property("pp_max"),
    read_property("pp_miy"),
    read_property("pp_may"),
];

const STRUCTURED: &[Member] = &[
    constant("e", "\"se\""),
    COMMON,
    value("se_ac", EventValue::EventType),
    ENTITIES,
    read_property("se_ca"),
    read_property("se_la"),
    read_property("se_pr"),
    read_property("se_va"),
];

const TRANSACTION: &[Member] = &[
    constant("e", "\"tr\""),
    COMMON,
    ENTITIES,
    read_property("tr_id"),
    read_property("tr_af"),
    read_property("tr_tt"),
    read_property("tr_tx"),
    read_property("tr_sh"),
    read_property("tr_ci"),
    read_property("tr_st"),
    read_property("tr_co"),
    read_property("tr_cu"),
];

const TRANSACTION_ITEM: &[Member] = &[
    constant("e", "\"ti\""),
    COMMON,
    ENTITIES,
    read_property("ti_id"),
    read_property("ti_sk"),
    read_property("ti_nm"),
    read_property("ti_ca"),
    read_property("ti_pr"),
    read_property("ti_qu"),
    read_property("ti_cu"),
];

const ENTITIES: Member = Member::Group(&[
    Member::Named("co", FormNode::JsonText(EVENT_CONTEXT)),
    Member::Read("cx", FormNode::Base64(EVENT_CONTEXT)),
]);

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
    read("tnuid", EventValue::BrowserId),
    read("nuid", EventValue::BrowserId),
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
