//! [Matomo's tracking API](https://developer.matomo.org/api-reference/tracking-api), in bulk.

use crate::wire::answers::Answers;
use crate::wire::form::{
    Clock, EventValue, FormNode, Member, OWNERS, Part, Setting, constant, text_of, value,
};
use crate::wire::notation::Notation;
use crate::wire::wire_format::{
    Envelope, EnvelopePiece, EventForm, FormKind, FormatLimits, KeptLimits, KeyPlace, WireFormat,
};

pub(super) const MATOMO: WireFormat = WireFormat {
    name: "matomo",
    title: "Matomo",
    path: "/matomo.php",
    other_paths: &["/piwik.php"],
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
        EventForm { kind: FormKind::Page, members: PAGE },
        EventForm { kind: FormKind::Any, members: EVENT },
    ],
    told_by: &["e_a"],
};

const PAGE: &[Member] = &[SITE, value("action_name", EventValue::PagePath), COMMON, DIMENSIONS];

const EVENT: &[Member] = &[
    SITE,
    constant("ca", "1"),
    constant("e_c", "\"event\""),
    value("e_a", EventValue::EventType),
    value("e_n", EventValue::ButtonId),
    COMMON,
    DIMENSIONS,
];

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
