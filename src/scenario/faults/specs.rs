//! The keys of a fault.

use serde::Serialize;
use serde_json::Value;

use super::kinds::{ClockPrecision, CopyKind, FaultKind, PropertyChange};
use super::spans::{MOMENT, RunMoment, SPAN, TimeSpan};
use super::spread::{SpreadKind, SpreadSpec};
use crate::event::Field;
use crate::scenario::events::{AnyValue, Conditions, ConditionsKind};
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{Decimal, NAME, NameOrList, OneOf, Optional, SHARE, Whole};
use crate::scenario::section::{Keys, Section};

const SECONDS_A_DAY: Decimal = Decimal { min: -86_400.0, max: 86_400.0, unit: " s" };
const VISITORS: Whole<u32> = Whole(1, 10_000);

keys! {
    /// One entry of `faults`: what becomes of a part of the events on their way.
    pub struct FaultSpec {
        /// The kind; without it the entry's name is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        kind: Option<FaultKind> = None, Optional(OneOf(&FaultKind::WORDS));
        /// The share of the events, or of the sessions or devices where the fault is one of those.
        #[serde(skip_serializing_if = "Option::is_none")]
        share: Option<f64> = None, Optional(SHARE);
        /// The moment from which events have the fault, by their true time.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<RunMoment> = None, Optional(MOMENT);
        /// The moment before which they have it.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<RunMoment> = None, Optional(MOMENT);
        /// The events that can have it: fields, and attributes of user, device and session, with a value or a list of values.
        #[serde(skip_serializing_if = "Option::is_none")]
        when: Option<Conditions> = None, ConditionsKind;
        /// The time until an event or its copy arrives.
        #[serde(skip_serializing_if = "Option::is_none")]
        delay: Option<SpreadSpec> = None, SpreadKind;
        /// The moment at which events arrive again (`backfill`), arrive at the earliest (`late`), or are done (`returns`).
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<RunMoment> = None, Optional(MOMENT);
        /// What a copy has in common with its event; `natural` unless said.
        #[serde(skip_serializing_if = "Option::is_none")]
        copy: Option<CopyKind> = None, Optional(OneOf(&CopyKind::WORDS));
        /// The time by which a clock is ahead; below 0 it is behind.
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<SpreadSpec> = None, SpreadKind;
        /// The seconds a day by which a clock is fast, from the start of the run on.
        #[serde(skip_serializing_if = "Option::is_none")]
        drift: Option<f64> = None, Optional(SECONDS_A_DAY);
        /// The time by which a clock is set anew in the midst of each session.
        #[serde(skip_serializing_if = "Option::is_none")]
        jump: Option<SpreadSpec> = None, SpreadKind;
        /// What is left of a time.
        #[serde(skip_serializing_if = "Option::is_none")]
        precision: Option<ClockPrecision> = None, Optional(OneOf(&ClockPrecision::WORDS));
        /// The zone whose local time is said, by its IANA name.
        #[serde(skip_serializing_if = "Option::is_none")]
        time_zone: Option<String> = None, Optional(NAME);
        /// A form, or a list of forms of which each is as frequent; all unless said, but of `malformed` not `too_large`, of `values` not `half_emoji`, `nul` and `minor_units`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        forms: Vec<String> = Vec::new(), NameOrList;
        /// The type of the event that is done.
        #[serde(skip_serializing_if = "Option::is_none")]
        event_type: Option<String> = None, Optional(NAME);
        /// The property that changes.
        #[serde(skip_serializing_if = "Option::is_none")]
        property: Option<String> = None, Optional(NAME);
        /// What becomes of the property.
        #[serde(skip_serializing_if = "Option::is_none")]
        change: Option<PropertyChange> = None, Optional(OneOf(&PropertyChange::WORDS));
        /// The name that the property has then.
        #[serde(skip_serializing_if = "Option::is_none")]
        new_name: Option<String> = None, Optional(NAME);
        /// The value that a property has that is added or set.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Value> = None, AnyValue;
        /// The number of bots.
        #[serde(skip_serializing_if = "Option::is_none")]
        visitors: Option<u32> = None, Optional(VISITORS);
        /// The time between the visits of a bot.
        #[serde(skip_serializing_if = "Option::is_none")]
        every: Option<TimeSpan> = None, Optional(SPAN);
    }
}

impl FaultSpec {
    /// The kind of the entry of that name; none if neither says one.
    pub(crate) fn kind_of(&self, name: &str) -> Option<FaultKind> {
        let named = || FaultKind::WORDS.iter().find(|(word, _)| *word == name);
        self.kind.or_else(|| named().map(|(_, kind)| *kind))
    }

    /// The types of events that it brings, which may be none of the scenario's own.
    pub fn event_types(&self) -> impl Iterator<Item = &str> {
        let is_of_type = self.property.as_deref() == Some(Field::EventType.name());
        let set = self.value.as_ref().and_then(Value::as_str).filter(|_| is_of_type);
        self.event_type.as_deref().into_iter().chain(set)
    }

    /// The keys that it has, but for those that every fault may have.
    pub(super) fn own_keys(&self) -> Vec<&'static str> {
        let keys = [
            ("delay", self.delay.is_some()),
            ("at", self.at.is_some()),
            ("copy", self.copy.is_some()),
            ("offset", self.offset.is_some()),
            ("drift", self.drift.is_some()),
            ("jump", self.jump.is_some()),
            ("precision", self.precision.is_some()),
            ("time_zone", self.time_zone.is_some()),
            ("forms", !self.forms.is_empty()),
            ("event_type", self.event_type.is_some()),
            ("property", self.property.is_some()),
            ("change", self.change.is_some()),
            ("new_name", self.new_name.is_some()),
            ("value", self.value.is_some()),
            ("visitors", self.visitors.is_some()),
            ("every", self.every.is_some()),
        ];
        keys.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key).collect()
    }
}
