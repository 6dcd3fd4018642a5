//! [PostHog's capture API](https://posthog.com/docs/api/capture).

use crate::event::event_type;
use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FormNode, Member, Part, ScreenSide, constant, object, of, read,
    read_property, received_at, sent_at, value, whole_object,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const POSTHOG: WireFormat = WireFormat {
    name: "posthog",
    title: "PostHog",
    path: "/batch/",
    reception: Reception {
        other_paths: &[
            "/batch",
            "/i/v0/e",
            "/i/v0/e/",
            "/capture",
            "/capture/",
            "/e",
            "/e/",
            "/track",
            "/track/",
            "/engage",
            "/engage/",
        ],
        lookups: LOOKUPS,
        takes_data: true,
        refuses_empty: true,
        discarded_paths: &["/s", "/s/"],
        key_names: &["api_key", "token", "$token"],
        uuid: Some("uuid"),
        takes_any_time: true,
        ..Reception::ONLY
    },
    content_type: "application/json",
    key_place: KeyPlace::Envelope,
    envelope: Envelope::Object {
        open: &[
            EnvelopePiece::Json("{\"api_key\":"),
            EnvelopePiece::Key,
            EnvelopePiece::Json(",\"historical_migration\":false,"),
        ],
        events: "batch",
        // Without `sent_at` the times stay what they are.
        close: &[EnvelopePiece::Json("}")],
    },
    limits: FormatLimits {
        event_bytes: 1024 * 1024,
        batch_bytes: 20 * 1024 * 1024,
        batch_events: 1_000,
    },
    kept: KeptLimits::ALL,
    deduplication_key: Some("uuid"),
    answers: Answers::ByStatus { accepted: r#"{"status":"Ok"}"# },
    losses: &["an event type `$pageview` or `$identify` of your own is read as ours"],
    told_by_header: None,
    notation: Notation::Object,
    forms: &[
        EventForm::new(FormKind::Page, PAGE),
        EventForm::new(FormKind::Identify, IDENTIFY),
        EventForm::new(FormKind::Any, CUSTOM),
        EventForm::new(FormKind::Received(event_type::LOGGED_IN), ENGAGE)
            .at(&["/engage", "/engage/"]),
    ],
    told_by: &[&["event"]],
};

const PAGE: &[Member] = &[
    constant("event", "\"$pageview\""),
    ID,
    USER,
    TIME,
    whole_object(
        "properties",
        &[
            value("$session_id", EventValue::SessionUuid),
            value("$device_id", EventValue::AnonymousId),
            PLACE_AND_CONTEXT,
        ],
    ),
    OTHERS,
];

const IDENTIFY: &[Member] = &[
    constant("event", "\"$identify\""),
    ID,
    USER,
    TIME,
    whole_object("properties", IDENTITY),
    OTHERS,
];

/// The call that names no event.
const ENGAGE: &[Member] = &[ID, USER, TIME, whole_object("properties", IDENTITY), OTHERS];

const IDENTITY: &[Member] = &[
    value("event_type", EventValue::EventType),
    value("$session_id", EventValue::SessionUuid),
    value("$anon_distinct_id", EventValue::AnonymousId),
    PLACE_AND_CONTEXT,
];

const CUSTOM: &[Member] = &[
    value("event", EventValue::EventType),
    ID,
    USER,
    TIME,
    whole_object(
        "properties",
        &[
            value("$session_id", EventValue::SessionUuid),
            value("$device_id", EventValue::AnonymousId),
            PLACE_AND_CONTEXT,
        ],
    ),
    OTHERS,
];

/// What clients ask for before they send: no flags, no surveys.
const LOOKUPS: &[(&str, &str)] = &[
    ("/flags", FLAGS),
    ("/flags/", FLAGS),
    ("/decide", FLAGS),
    ("/decide/", FLAGS),
    ("/flags/definitions", DEFINITIONS),
    ("/api/feature_flag/local_evaluation", DEFINITIONS),
    ("/api/feature_flag/local_evaluation/", DEFINITIONS),
    ("/api/feature_flag", r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
    ("/api/feature_flag/", r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
    ("/array/*/config", r#"{"supportedCompression":["gzip","gzip-js"],"hasFeatureFlags":false}"#),
    ("/api/surveys", r#"{"surveys":[]}"#),
    ("/api/surveys/", r#"{"surveys":[]}"#),
];
const FLAGS: &str = r#"{"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"supportedCompression":["gzip","gzip-js"],"sessionRecording":false}"#;
const DEFINITIONS: &str = r#"{"flags":[],"group_type_mapping":{},"cohorts":{}}"#;

const ID: Member = value("uuid", EventValue::EventId);
const USER: Member = value("distinct_id", EventValue::UserId);
/// When it happened, and if it is something that arrived, when it was sent and when it came, as capture says it on.
const TIME: Member = Member::Group(&[
    value("timestamp", EventValue::Time(Clock::Rfc3339)),
    sent_at("sent_at"),
    received_at("now"),
]);
/// What clients say beside the properties.
const OTHERS: Member = Member::Group(&[
    read("$distinct_id", EventValue::UserId),
    Member::Read("$set", FormNode::Object(&[Member::Rest(Part::User)])),
    read_property("$set_once"),
]);

/// Where it happened, on what device, in what session, and what else there is to say.
const PLACE_AND_CONTEXT: Member = Member::Group(&[
    value("$current_url", EventValue::PageUrl),
    value("$pathname", EventValue::PagePath),
    value("button_id", EventValue::ButtonId),
    constant("$lib", "\"event-simulator\""),
    DEVICE_ID,
    DEVICE_TYPE,
    OS,
    BROWSER,
    LANGUAGE,
    IP,
    USER_AGENT,
    WIDTH,
    HEIGHT,
    REFERRER,
    UTM_SOURCE,
    UTM_MEDIUM,
    UTM_CAMPAIGN,
    DEVICE,
    SESSION,
    PERSON,
    OWN_NAMES,
    Member::Rest(Part::Props),
    Member::Rest(Part::Own),
    read("distinct_id", EventValue::UserId),
    read("$time", EventValue::DeviceTime),
]);

const DEVICE_ID: Member = of("device_id", Part::Device, "id");
const DEVICE_TYPE: Member = of("$device_type", Part::Device, "kind");
const OS: Member = of("$os", Part::Device, "os");
const BROWSER: Member = of("$browser", Part::Device, "browser");
const LANGUAGE: Member = of("$browser_language", Part::Device, "language");
const IP: Member = of("$ip", Part::Device, "ip");
const USER_AGENT: Member = of("$raw_user_agent", Part::Device, "user_agent");
const WIDTH: Member = value("$screen_width", EventValue::Screen(ScreenSide::Width));
const HEIGHT: Member = value("$screen_height", EventValue::Screen(ScreenSide::Height));
const REFERRER: Member = of("$referrer", Part::Session, "referrer");
const UTM_SOURCE: Member = of("utm_source", Part::Session, "utm_source");
const UTM_MEDIUM: Member = of("utm_medium", Part::Session, "utm_medium");
const UTM_CAMPAIGN: Member = of("utm_campaign", Part::Session, "utm_campaign");
const DEVICE: Member = object("device", &[Member::Rest(Part::Device)]);
const SESSION: Member = object("session", &[Member::Rest(Part::Session)]);
const PERSON: Member = object("$set", &[Member::Rest(Part::User)]);
const OWN_NAMES: Member = value("own_fields", EventValue::OwnNames);
