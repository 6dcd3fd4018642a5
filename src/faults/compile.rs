//! From specifications to faults.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::Faults;
use super::fault::{BotForm, Fault, FaultAction, FaultCondition, IdentityForm, Skew, TouchForm};
use super::spread::DrawnSpan;
use crate::event::Field;
use crate::random::{Bernoulli, ParameterError, name_hash, scattered};
use crate::scenario::Scenario;
use crate::scenario::events::Conditions;
use crate::scenario::faults::{
    BOT_FORMS, ClockPrecision, FaultKind, FaultSpec, IDENTITY_FORMS, MALFORMED_FORMS,
    PropertyChange, RARE_VALUE_FORMS, RunMoment, SpreadLaw, SpreadSpec, TOO_LARGE, TOUCH_FORMS,
    VALUE_FORMS,
};
use crate::time::VirtualTime;

/// By which draws of faults differ from those of properties of the same name.
const DOMAIN: u64 = 0x6661_756c_7473_0001;

/// The time between an action and its twin, and until what tells who somebody is arrives late.
const TWIN_MS: (i64, i64) = (300, 3_000);
const LATE_IDENTIFY_MS: (i64, i64) = (60_000, 3_600_000);

/// The property that gets values which break readers.
const VALUE_PROPERTY: &str = "value";

impl Faults {
    /// The faults of a checked scenario.
    ///
    /// # Errors
    /// A share that is none.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, ParameterError> {
        let start = scenario.start_time;
        let mut all = Vec::with_capacity(scenario.faults.0.len());
        for (name, spec) in scenario.faults.iter() {
            let Some(kind) = spec.kind_of(name) else { continue };
            let moment = |moment: RunMoment| moment.of_run(start).as_millis();
            all.push(Fault {
                name: name.to_owned(),
                kind,
                hash: scattered(name_hash(name), DOMAIN),
                share: Bernoulli::new(spec.share.unwrap_or_default())?,
                from_ms: spec.from.map_or(0, moment),
                to_ms: spec.to.map_or(u64::MAX, moment),
                conditions: spec.when.as_ref().map(conditions).unwrap_or_default(),
                action: action(kind, spec, start),
            });
        }
        Ok(Self { all })
    }
}

fn conditions(when: &Conditions) -> Vec<FaultCondition> {
    let condition = |(name, values): &(String, Vec<serde_json::Value>)| {
        let is_field = Field::ALL.iter().any(|field| field.name() == name);
        let path = if is_field { name.clone() } else { name.replace('.', "/") };
        FaultCondition { pointer: format!("/{path}"), values: values.clone() }
    };
    when.0.iter().map(condition).collect()
}

/// The times of a checked specification; without one those of `otherwise`.
fn drawn(spec: Option<&SpreadSpec>, otherwise: (i64, i64)) -> DrawnSpan {
    let law = spec.and_then(|spec| spec.law().ok());
    DrawnSpan::new(&law.unwrap_or(SpreadLaw::Uniform(otherwise.0, otherwise.1)))
}

/// The places of forms among all that there are; all, if none is named.
fn places(forms: &[String], known: &[&str]) -> Vec<usize> {
    let is_meant = |place: &usize| forms.is_empty() || forms.iter().any(|f| f == known[*place]);
    (0..known.len()).filter(is_meant).collect()
}

/// The same for bodies; those that are too large only if they are named.
fn malformed_forms(forms: &[String]) -> Vec<usize> {
    let mut places = places(forms, &MALFORMED_FORMS);
    if forms.is_empty() {
        places.retain(|place| MALFORMED_FORMS[*place] != TOO_LARGE);
    }
    places
}

/// The same for values; those that are rare only if they are named.
fn value_forms(forms: &[String]) -> Vec<usize> {
    let mut places = places(forms, &VALUE_FORMS);
    if forms.is_empty() {
        places.retain(|place| !RARE_VALUE_FORMS.contains(&VALUE_FORMS[*place]));
    }
    places
}

fn action(kind: FaultKind, spec: &FaultSpec, start: VirtualTime) -> FaultAction {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let delay = || drawn(spec.delay.as_ref(), (0, 0));
    let optional = |spec: &Option<SpreadSpec>| spec.as_ref().map(|spec| drawn(Some(spec), (0, 0)));
    let at_ms = spec.at.map(|at| at.of_run(start).as_millis());
    match kind {
        FaultKind::Late => match at_ms {
            Some(at_ms) => FaultAction::Held { at_ms },
            None => FaultAction::Late(delay()),
        },
        FaultKind::Offline => FaultAction::Offline(delay()),
        FaultKind::OutOfOrder => FaultAction::OutOfOrder,
        FaultKind::Lost => FaultAction::Lost,
        FaultKind::Duplicates => {
            FaultAction::Duplicate { copy: spec.copy.unwrap_or_default(), delay: delay() }
        }
        FaultKind::Backfill => FaultAction::Backfill { at_ms: at_ms.unwrap_or(u64::MAX) },
        FaultKind::Twins => FaultAction::Twin(drawn(spec.delay.as_ref(), TWIN_MS)),
        FaultKind::ClockSkew => FaultAction::Skew(Skew {
            offset: optional(&spec.offset),
            drift: spec.drift.unwrap_or_default(),
            jump: optional(&spec.jump),
        }),
        FaultKind::Future => FaultAction::Future(drawn(spec.offset.as_ref(), (0, 0))),
        FaultKind::Ties => {
            FaultAction::Ties { grain_ms: spec.precision.map_or(1, ClockPrecision::millis) }
        }
        FaultKind::Zone => {
            let zone = TimeZoneDatabase::bundled().get(&text(&spec.time_zone));
            FaultAction::Zone(zone.unwrap_or(TimeZone::UTC))
        }
        FaultKind::Values => FaultAction::Value {
            property: spec.property.clone().unwrap_or_else(|| VALUE_PROPERTY.to_owned()),
            forms: value_forms(&spec.forms),
        },
        FaultKind::SchemaChange => FaultAction::Schema {
            property: text(&spec.property),
            // The check has seen to it that there is one.
            change: spec.change.unwrap_or(PropertyChange::Drop),
            new_name: text(&spec.new_name),
            value: spec.value.clone().unwrap_or_default().to_string().into_bytes(),
        },
        FaultKind::Touches => FaultAction::Touch { forms: TouchForm::of_words(&spec.forms) },
        FaultKind::Returns => {
            let event_type = text(&spec.event_type);
            match at_ms {
                Some(at_ms) => FaultAction::ReturnAt { event_type, at_ms },
                None => FaultAction::Return { event_type, delay: delay() },
            }
        }
        FaultKind::Identity => FaultAction::Identity {
            forms: IdentityForm::of_words(&spec.forms),
            delay: drawn(spec.delay.as_ref(), LATE_IDENTIFY_MS),
        },
        FaultKind::Malformed => FaultAction::Malformed { forms: malformed_forms(&spec.forms) },
        FaultKind::Prefetches => FaultAction::Prefetch,
        FaultKind::OddAgents => FaultAction::OddAgent,
        FaultKind::Bots => FaultAction::Bots {
            forms: BotForm::of_words(&spec.forms),
            visitors: spec.visitors.unwrap_or_default(),
            every_ms: spec.every.map(|every| every.millis.unsigned_abs()),
        },
    }
}

impl IdentityForm {
    const ALL: [Self; IDENTITY_FORMS.len()] =
        [Self::PoisonId, Self::SharedDevice, Self::LateIdentify, Self::DoubleIdentify];

    fn of_words(words: &[String]) -> Vec<Self> {
        let places = places(words, &IDENTITY_FORMS);
        places.into_iter().map(|place| Self::ALL[place]).collect()
    }
}

impl TouchForm {
    const ALL: [Self; TOUCH_FORMS.len()] = [Self::Campaign, Self::PaymentProvider, Self::ClickId];

    fn of_words(words: &[String]) -> Vec<Self> {
        let places = places(words, &TOUCH_FORMS);
        places.into_iter().map(|place| Self::ALL[place]).collect()
    }

    /// Its word in a scenario.
    pub(crate) fn word(self) -> &'static str {
        TOUCH_FORMS[self as usize]
    }
}

impl BotForm {
    const ALL: [Self; BOT_FORMS.len()] = [Self::Crawler, Self::Headless, Self::Monitor];

    fn of_words(words: &[String]) -> Vec<Self> {
        let places = places(words, &BOT_FORMS);
        places.into_iter().map(|place| Self::ALL[place]).collect()
    }

    /// Its word in a scenario.
    pub(crate) fn word(self) -> &'static str {
        BOT_FORMS[self as usize]
    }
}
