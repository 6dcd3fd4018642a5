//! [Google Analytics 4's Measurement Protocol](https://developers.google.com/analytics/devguides/collection/protocol/ga4).

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FLAT_PROPERTIES, FormNode, Member, OWNERS_AS_TEXT, Part, constant, object,
    of, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

/// A request is of one user at one time, so it has one event.
pub(super) const GA4: WireFormat = WireFormat {
    name: "ga4",
    title: "Google Analytics 4",
    path: "/mp/collect",
    reception: Reception::ONLY,
    content_type: "application/json",
    key_place: KeyPlace::Query("api_secret"),
    envelope: Envelope::Nothing,
    limits: FormatLimits { event_bytes: 130_000, batch_bytes: 130_000, batch_events: 1 },
    kept: KeptLimits {
        event_name: Some(40),
        property_name: Some(40),
        text: Some(100),
        properties: Some(25),
    },
    deduplication_key: None,
    answers: Answers::Discarding { accepted: "", status: 200, told_by: None },
    losses: &[
        "an answer of 2xx does not say that an event was kept; older ones than 72 hours are not, so give --event-time shift",
        "names are cut at 40 characters, values at 100, parameters at 25, and a repeated event counts twice",
        "properties that are lists or objects stand in one parameter, as JSON text",
        "the URL has to say measurement_id",
    ],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[EventForm::new(FormKind::Page, PAGE_VIEW), EventForm::new(FormKind::Any, CUSTOM)],
    told_by: &[&["events", "name"]],
};

const PAGE_VIEW: &[Member] = &[
    CLIENT,
    USER,
    TIME,
    DEVICE,
    IP,
    USER_AGENT,
    Member::Named(
        "events",
        FormNode::ListOfOne(&FormNode::WholeObject(&[constant("name", "\"page_view\""), PARAMS])),
    ),
];

const CUSTOM: &[Member] = &[
    CLIENT,
    USER,
    TIME,
    DEVICE,
    IP,
    USER_AGENT,
    Member::Named(
        "events",
        FormNode::ListOfOne(&FormNode::WholeObject(&[
            value("name", EventValue::EventType),
            PARAMS,
        ])),
    ),
];

const CLIENT: Member = value("client_id", EventValue::BrowserId);
const USER: Member = value("user_id", EventValue::KnownUserId);
const TIME: Member = value("timestamp_micros", EventValue::Time(Clock::Micros));
const DEVICE: Member = object(
    "device",
    &[
        of("category", Part::Device, "kind"),
        of("language", Part::Device, "language"),
        of("screen_resolution", Part::Device, "screen"),
        of("operating_system", Part::Device, "os"),
        of("browser", Part::Device, "browser"),
    ],
);
const IP: Member = of("ip_override", Part::Device, "ip");
const USER_AGENT: Member = of("user_agent", Part::Device, "user_agent");
/// A parameter is a text or a number, so what is neither stands as JSON text.
const PARAMS: Member = whole_object(
    "params",
    &[
        value("session_id", EventValue::SessionNumber),
        constant("engagement_time_msec", "1"),
        value("page_location", EventValue::PageUrl),
        value("page_path", EventValue::PagePath),
        of("page_referrer", Part::Session, "referrer"),
        of("source", Part::Session, "utm_source"),
        of("medium", Part::Session, "utm_medium"),
        of("campaign", Part::Session, "utm_campaign"),
        value("event_id", EventValue::EventId),
        value("anonymous_id", EventValue::AnonymousId),
        value("button_id", EventValue::ButtonId),
        OWNERS_AS_TEXT,
        FLAT_PROPERTIES,
    ],
);
