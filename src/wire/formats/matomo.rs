//! [Matomo's tracking API](https://developer.matomo.org/api-reference/tracking-api), in bulk.

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FormNode, Member, OWNERS, Part, Setting, constant, of, read, read_property,
    text_of, value,
};
use crate::wire::notation::Notation;
use crate::wire::reception::Reception;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const MATOMO: WireFormat = WireFormat {
    name: "matomo",
    title: "Matomo",
    path: "/matomo.php",
    reception: Reception {
        other_paths: &["/piwik.php"],
        knows_by_address: true,
        ..Reception::ONLY
    },
    content_type: "application/json",
    key_place: KeyPlace::SiteAndToken,
    envelope: Envelope::Object {
        open: &[EnvelopePiece::Json("{")],
        events: "requests",
        close: &[EnvelopePiece::TokenMember("token_auth"), EnvelopePiece::Json("}")],
    },
    limits: FormatLimits { event_bytes: 64 * 1024, batch_bytes: 1024 * 1024, batch_events: 1_000 },
    kept: KeptLimits::ALL,
    deduplication_key: None,
    answers: Answers::MatomoCounts,
    losses: &[
        "older events than a day, and addresses, need the token: --api-key SITE:TOKEN",
        "times are whole seconds, and a repeated event counts twice",
        "what Matomo has no parameter for stands in three custom dimensions of actions, which have to be set up: 1 the \
         event's id, 2 its session's, 3 the rest as JSON, of which Matomo keeps 250 characters",
    ],
    told_by_header: None,
    notation: Notation::Query,
    forms: &[
        EventForm::new(FormKind::Page, PAGE),
        EventForm::new(FormKind::Any, EVENT),
        EventForm::new(FormKind::Received("site_searched"), SEARCH),
        EventForm::new(FormKind::Received("goal_reached"), GOAL),
        EventForm::new(FormKind::Received("link_clicked"), LINK),
        EventForm::new(FormKind::Received("file_downloaded"), DOWNLOAD),
    ],
    told_by: &[&["e_a"], &["search"], &["idgoal"], &["link"], &["download"]],
};

const PAGE: &[Member] =
    &[SITE, value("action_name", EventValue::PageName), COMMON, DIMENSIONS, OTHERS];

const EVENT: &[Member] = &[
    SITE,
    constant("ca", "1"),
    constant("e_c", "\"event\""),
    value("e_a", EventValue::EventType),
    value("e_n", EventValue::ButtonId),
    COMMON,
    DIMENSIONS,
    read_property("e_c"),
    read_property("e_v"),
    OTHERS,
];

/// What others track and we do not.
const SEARCH: &[Member] = &[
    SITE,
    of("search", Part::Props, "search"),
    COMMON,
    DIMENSIONS,
    read_property("search_cat"),
    read_property("search_count"),
    OTHERS,
];
const GOAL: &[Member] = &[SITE, of("idgoal", Part::Props, "idgoal"), COMMON, DIMENSIONS, OTHERS];
const LINK: &[Member] = &[SITE, of("link", Part::Props, "link"), COMMON, DIMENSIONS, OTHERS];
const DOWNLOAD: &[Member] =
    &[SITE, of("download", Part::Props, "download"), COMMON, DIMENSIONS, OTHERS];

const OTHERS: Member = Member::Group(&[
    read("cid", EventValue::BrowserId),
    read_property("revenue"),
    read_property("ec_id"),
    read_property("ec_items"),
    read_property("cvar"),
    read_property("_cvar"),
]);

const SITE: Member = Member::Group(&[
    value("idsite", EventValue::Setting(Setting::SiteNumber)),
    constant("rec", "1"),
    constant("apiv", "1"),
    constant("send_image", "0"),
]);

const COMMON: Member = Member::Group(&[
    value("url", EventValue::PageUrl),
    value("_id", EventValue::BrowserDigits),
    value("uid", EventValue::KnownUserId),
    value("cdt", EventValue::Time(Clock::Seconds)),
    text_of("urlref", Part::Session, "referrer"),
    text_of("_rcn", Part::Session, "utm_campaign"),
    text_of("cip", Part::Device, "ip"),
    text_of("ua", Part::Device, "user_agent"),
    text_of("lang", Part::Device, "language"),
    text_of("res", Part::Device, "screen"),
]);

const DIMENSIONS: Member = Member::Group(&[
    value("dimension1", EventValue::EventId),
    value("dimension2", EventValue::SessionId),
    Member::Named(
        "dimension3",
        FormNode::JsonText(&FormNode::WholeObject(&[
            value("event_time", EventValue::Time(Clock::Rfc3339)),
            value("page_path", EventValue::PagePath),
            value("button_id", EventValue::ButtonId),
            value("anonymous_id", EventValue::AnonymousId),
            value("own_fields", EventValue::OwnNames),
            OWNERS,
            Member::Rest(Part::Props),
            Member::Rest(Part::Own),
        ])),
    ),
]);
