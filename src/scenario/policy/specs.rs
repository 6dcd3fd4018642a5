//! The keys of a policy.

use serde::Serialize;

use super::funnel_rules::FunnelRules;
use super::words::{
    CreditModel, FormerType, IdentityRule, KeptCopy, LateMeasure, LateRule, PrefetchRule,
    SessionCut, TrustedClock,
};
use crate::scenario::events::{Named, NamedOf, OptionalGroup};
use crate::scenario::faults::{SPAN, TimeSpan};
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{ListOf, NAME, NameList, OneOf, Optional, Required};
use crate::scenario::section::{Keys, Section};

keys! {
    /// The rules by which a pipeline is meant to read what arrives. What they do not say is not done.
    pub struct PolicySpec {
        /// By which clock it is told when an event happened.
        clock: TrustedClock = TrustedClock::Device, OneOf(TrustedClock::WORDS);
        /// The time zone of times without an offset, by its IANA name; without it an event that has one is malformed.
        #[serde(skip_serializing_if = "Option::is_none")]
        local_times: Option<String> = None, Optional(NAME);
        /// Properties that have another name since.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        renamed: Vec<RenamedProperty> = Vec::new(), ListOf { least: 0 };
        /// Properties that have another type since.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        retyped: Vec<RetypedProperty> = Vec::new(), ListOf { least: 0 };
        /// Types of events that have another name since.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        renamed_events: Vec<RenamedEvent> = Vec::new(), ListOf { least: 0 };
        /// By which events are told to be copies of one, and which of them counts.
        #[serde(skip_serializing_if = "Option::is_none")]
        deduplicate: Option<DeduplicateSpec> = None, OptionalGroup;
        /// How late an event may be.
        #[serde(skip_serializing_if = "Option::is_none")]
        lateness: Option<LatenessSpec> = None, OptionalGroup;
        /// The time by which an event may be ahead of its arrival; what is further ahead does not count.
        #[serde(skip_serializing_if = "Option::is_none")]
        ahead: Option<TimeSpan> = None, Optional(SPAN);
        /// Parts of the user agents of bots, in any case: what they send does not count.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        bots: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
        /// Parts of the user agents of people that look like those of bots, in any case: what they send counts.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        no_bots: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
        /// What becomes of events that say `props.purpose: prefetch`: a browser loads ahead what nobody may see.
        #[serde(skip_serializing_if = "PrefetchRule::counts")]
        prefetches: PrefetchRule = PrefetchRule::Count, OneOf(PrefetchRule::WORDS);
        /// Whose an event is.
        identity: IdentityRule = IdentityRule::AsSent, OneOf(IdentityRule::WORDS);
        /// Values of `user_id` that are nobody's, as sent where there is no user: such an event is of its `anonymous_id`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        nobody: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
        /// How sessions are told apart; without it by their `session_id`.
        #[serde(skip_serializing_if = "Option::is_none")]
        sessions: Option<SessionRules> = None, OptionalGroup;
        /// The time zone of days and hours, by its IANA name; UTC unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        time_zone: Option<String> = None, Optional(NAME);
        /// To which channels conversions are attributed; without it there is no table of that.
        #[serde(skip_serializing_if = "Option::is_none")]
        attribution: Option<AttributionRules> = None, OptionalGroup;
        /// Funnels, by names of your own; without them there is no table `policy_funnels`.
        #[serde(skip_serializing_if = "Named::is_empty")]
        funnels: Named<FunnelRules> = Named::default(), NamedOf::POLICY_FUNNELS;
    }
}

keys! {
    /// A property that has another name since: where an event has that one alone, it counts as if nothing had changed.
    pub struct RenamedProperty {
        /// What it was called, and is called in the tables: a property, or a field that not every event has.
        property: String = String::new(), Required { kind: NAME, example: "journey" };
        /// What it is called since.
        new_name: String = String::new(), Required { kind: NAME, example: "path_name" };
    }
}

keys! {
    /// A property that has another type since.
    pub struct RetypedProperty {
        /// The property, or a field that not every event has.
        property: String = String::new(), Required { kind: NAME, example: "amount" };
        /// What it was, and is in the tables.
        was: FormerType = FormerType::Number, OneOf(FormerType::WORDS);
    }
}

keys! {
    /// A type of events that has another name since.
    pub struct RenamedEvent {
        /// What it was called, and is called in the tables.
        event_type: String = String::new(), Required { kind: NAME, example: "purchase" };
        /// What it is called since.
        new_name: String = String::new(), Required { kind: NAME, example: "order_completed" };
    }
}

keys! {
    /// How copies are found.
    pub struct DeduplicateSpec {
        /// What copies have in common: fields, properties (`props.order_id`), attributes (`user.plan`), and the days `event_date` and `received_date`; an event that has none of them is a copy of none.
        by: Vec<String> = vec!["event_id".to_owned()], NameList { item: NAME, least: 1, is_unique: true };
        /// The time after the one that counts within which an arrival is its copy; always, without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        within: Option<TimeSpan> = None, Optional(SPAN);
        /// Which of them counts.
        keep: KeptCopy = KeptCopy::First, OneOf(KeptCopy::WORDS);
    }
}

keys! {
    /// How late an event may be.
    pub struct LatenessSpec {
        /// The time that it may be late.
        allowed: TimeSpan = TimeSpan { millis: 600_000 }, SPAN;
        /// How that is measured.
        by: LateMeasure = LateMeasure::Arrival, OneOf(LateMeasure::WORDS);
        /// The length of windows by which lateness is told, as Flink and Spark do: an event is on time until its window has passed,
        /// and too late once `allowed` has passed since then. With it there is a table `lateness`.
        #[serde(skip_serializing_if = "Option::is_none")]
        windows: Option<TimeSpan> = None, Optional(SPAN);
        /// What becomes of an event that is later.
        then: LateRule = LateRule::Drop, OneOf(LateRule::WORDS);
    }
}

keys! {
    /// To which touches of a person a conversion is attributed.
    pub struct AttributionRules {
        /// The type of the events that are conversions.
        conversion: String = "purchase".to_owned(), Required { kind: NAME, example: "purchase" };
        /// The property of conversions that is their revenue; without it they have none.
        #[serde(skip_serializing_if = "Option::is_none")]
        amount: Option<String> = None, Optional(NAME);
        /// The property of conversions that is the currency of the amount.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<String> = None, Optional(NAME);
        /// Which touches led to a conversion, and how much each.
        model: CreditModel = CreditModel::LastNonDirect, OneOf(CreditModel::WORDS);
        /// The time before a conversion in which touches count; one that is exactly as old does.
        window: TimeSpan = TimeSpan { millis: 2_592_000_000 }, SPAN;
        /// Of `time_decay`, the time after which a touch counts half as much.
        half_life: TimeSpan = TimeSpan { millis: 604_800_000 }, SPAN;
        /// Hosts that are no referrers, as those of payment providers, with all below them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        ignored_referrers: Vec<String> = Vec::new(), NameList { item: NAME, least: 0, is_unique: true };
    }
}

keys! {
    /// How sessions are told apart by the times of a user's events.
    pub struct SessionRules {
        /// The time without an event after which the next one begins a session: if more of it has passed.
        gap: TimeSpan = TimeSpan { millis: 1_800_000 }, SPAN;
        /// What else ends a session.
        cut: SessionCut = SessionCut::Never, OneOf(SessionCut::WORDS);
    }
}
