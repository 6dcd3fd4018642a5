//! [Matomo's tracking API](https://developer.matomo.org/api-reference/tracking-api), in bulk.

use crate::event::event_type;
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
        EventForm::new(FormKind::Received(event_type::PAGE_VISITED), OTHER_PAGE),
        EventForm::new(FormKind::Received(""), OTHER_EVENT),
        EventForm::new(FormKind::Received("site_searched"), SEARCH),
        EventForm::new(FormKind::Received("goal_reached"), GOAL),
        EventForm::new(FormKind::Received("link_clicked"), LINK),
        EventForm::new(FormKind::Received("file_downloaded"), DOWNLOAD),
        EventForm::new(FormKind::Page, PAGE),
        EventForm::new(FormKind::Any, EVENT),
    ],
    // Our third dimension says the event's time; who has another one has dimensions of their own.
    told_by: &[
        &["e_a"],
        &["search"],
        &["idgoal"],
        &["link"],
        &["download"],
        &["dimension3", "event_time"],
    ],
};

const PAGE: &[Member] = &[SITE, value("action_name", EventValue::PageName), COMMON, DIMENSIONS];

const EVENT: &[Member] = &[
    SITE,
    constant("ca", "1"),
    constant("e_c", "\"event\""),
    value("e_a", EventValue::EventType),
    value("e_n", EventValue::ButtonId),
    COMMON,
    DIMENSIONS,
];

/// What others track, whose dimensions are not ours.
const OTHER_PAGE: &[Member] = &[SITE, value("action_name", EventValue::PageName), COMMON, OTHERS];
const OTHER_EVENT: &[Member] = &[
    SITE,
    constant("ca", "1"),
    value("e_a", EventValue::EventType),
    value("e_n", EventValue::ButtonId),
    COMMON,
    read_property("e_c"),
    read_property("e_v"),
    OTHERS,
];
const SEARCH: &[Member] = &[
    SITE,
    of("search", Part::Props, "search"),
    COMMON,
    read_property("search_cat"),
    read_property("search_count"),
    OTHERS,
];
const GOAL: &[Member] = &[SITE, of("idgoal", Part::Props, "idgoal"), COMMON, OTHERS];
const LINK: &[Member] = &[SITE, of("link", Part::Props, "link"), COMMON, OTHERS];
const DOWNLOAD: &[Member] = &[SITE, of("download", Part::Props, "download"), COMMON, OTHERS];

const OTHERS: Member = Member::Group(&[
    read("cid", EventValue::BrowserId),
    read_property("revenue"),
    read_property("ec_id"),
    read_property("ec_items"),
    read_property("cvar"),
    read_property("_cvar"),
    read_property("dimension1"),
    read_property("dimension2"),
    read_property("dimension3"),
    read_property("dimension4"),
    read_property("dimension5"),
    read_property("dimension6"),
    read_property("dimension7"),
    read_property("dimension8"),
    read_property("dimension9"),
    read_property("dimension10"),
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
