//! The expected amounts of money, from sampled sessions: what an order sums up depends on all before it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::behavior::Planner;
use crate::event::Record;
use crate::expectations::Amounts;
use crate::model::Model;
use crate::population::Ids;
use crate::properties::ValueMoments;
use crate::random::RngStreams;
use crate::scenario::events::ExactNumber;
use crate::scenario::{AtEnd, Scenario};
use crate::wire::EventFields;

use super::persona::PersonaPart;
use super::run_interval::RunInterval;
use super::sampled_sums::{ExpectedSum, SampledSums};
use super::starts::SessionStarts;
use super::user_sample::{SampledEvent, UserSample};

/// The money that events of a type carry, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectedRevenue {
    /// The type of the events.
    pub event: String,
    /// The property that is the amount.
    pub property: String,
    /// The code of the currency.
    pub currency: String,
    /// What all users' events carry.
    #[serde(flatten)]
    pub sum: ExpectedAmount,
    /// What those of each persona carry, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<PersonaRevenue>,
}

/// The money that the events of a persona's users carry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonaRevenue {
    /// The name.
    pub persona: String,
    /// What they carry.
    #[serde(flatten)]
    pub sum: ExpectedAmount,
}

/// An expected sum of amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ExpectedAmount {
    /// Events with an amount in the run, or in a session of a run without end.
    pub events: f64,
    /// Their sum.
    pub amount: f64,
    /// The standard error of the sum, which comes from the sample.
    pub standard_error: f64,
    /// What a single run may have; none of a run without an end, and where a few users have millions of events.
    #[serde(flatten)]
    pub run: Option<RunInterval>,
}

const SAMPLE_SEED: u64 = 0x0fee_d0e5;
/// Sessions that are sampled, so many at a time, until each amount is in enough of them.
const SESSIONS: u32 = 16_384;
const MOST_SESSIONS: u32 = 262_144;
const ENOUGH: f64 = 1_000.0;

/// The amount's place among all, and the currency.
type AmountKey = (usize, String);
/// The same, and the persona; none for all users.
type PersonaAmountKey = (usize, String, Option<usize>);

/// Amounts in the sessions of one or more behaviors, as many as the run has.
#[derive(Clone, Copy, Debug, Default)]
struct AmountMoments {
    /// Sampled sessions that have one.
    sampled: f64,
    /// Those of the run.
    sessions: f64,
    events: f64,
    sum: f64,
    /// The squares of what each session has.
    squares: f64,
    /// The variance of amounts of which the means are in these.
    own_variance: f64,
    /// The variance of the sum, as it is sampled.
    error: f64,
    /// True if one is below 0.
    is_signed: bool,
}

/// The sampled sessions of a behavior: of amounts the sums, `error` being that of the squares.
#[derive(Clone, Debug, Default)]
struct SampledBehavior {
    sessions: f64,
    amounts: BTreeMap<AmountKey, AmountMoments>,
}

/// The expected revenue of a scenario whose model this is; nothing where no event carries money.
pub fn expected_revenue(model: &Model, scenario: &Scenario) -> Vec<ExpectedRevenue> {
    let Some(amounts) = Amounts::new(scenario) else { return Vec::new() };
    let parts = model.personas();
    let amounts = KnownAmounts::new(model, amounts);
    let sampled = sampled(model, &amounts, &parts);
    let combinations = model.people().combinations().count();
    let mut expected: BTreeMap<PersonaAmountKey, AmountMoments> = BTreeMap::new();
    for (place, sampled) in sampled.iter().enumerate() {
        let persona = place / combinations;
        for ((amount, currency), moments) in &sampled.amounts {
            let moments = moments.of_run(sampled.sessions);
            for persona in [None, Some(persona)] {
                let all = expected.entry((*amount, currency.clone(), persona)).or_default();
                *all = all.plus(moments);
            }
        }
    }
    let runs = RunAmounts::of(model, &amounts, &parts, &expected);
    let amount = |key: &PersonaAmountKey| {
        let moments = expected.get(key).copied().unwrap_or_default();
        moments.expected(runs.as_ref().and_then(|runs| runs.interval(model, key, moments)))
    };
    let keys = expected.keys().filter(|(.., persona)| persona.is_none());
    let row = |(place, currency, _): &PersonaAmountKey| {
        let (event, property) = amounts.amounts.name(*place);
        let personas = model.persona_names().iter().enumerate().map(|(number, name)| {
            let sum = amount(&(*place, currency.clone(), Some(number)));
            PersonaRevenue { persona: name.clone(), sum }
        });
        ExpectedRevenue {
            event: event.to_owned(),
            property: property.to_owned(),
            currency: currency.clone(),
            sum: amount(&(*place, currency.clone(), None)),
            personas: personas.collect(),
        }
    };
    keys.map(row).collect()
}

impl AmountMoments {
    /// What so many sampled sessions mean for a run, whose sessions were weights in their sums.
    fn of_run(self, sampled: f64) -> Self {
        let count = sampled.max(1.0);
        let mean = self.sum / count;
        Self {
            sampled: self.sampled,
            sessions: self.sessions / count,
            events: self.events / count,
            sum: mean,
            squares: self.squares / count,
            own_variance: self.own_variance / count,
            error: (self.error / count - mean * mean).max(0.0) / count,
            is_signed: self.is_signed,
        }
    }

    /// The sum of two that are independent.
    fn plus(self, other: Self) -> Self {
        Self {
            sampled: self.sampled + other.sampled,
            sessions: self.sessions + other.sessions,
            events: self.events + other.events,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
            own_variance: self.own_variance + other.own_variance,
            error: self.error + other.error,
            is_signed: self.is_signed || other.is_signed,
        }
    }

    fn expected(self, run: Option<RunInterval>) -> ExpectedAmount {
        let standard_error = libm::sqrt(self.error);
        ExpectedAmount { events: self.events, amount: self.sum, standard_error, run }
    }

    /// Adds the amounts of the events of a session.
    fn add_session(&mut self, events: &[AmountEvent]) {
        let (mut until, mut mean) = (0.0, 0.0);
        for (place, event) in events.iter().enumerate() {
            // A session that is cut has what comes before.
            let before: f64 = until;
            until += event.mean;
            mean += event.weight * event.mean;
            self.sessions += if place == 0 { event.weight } else { 0.0 };
            self.events += event.weight;
            self.squares += event.weight * (until * until - before * before);
            self.own_variance += event.weight * event.variance;
            self.is_signed |= event.is_negative;
        }
        self.sampled += 1.0;
        self.sum += mean;
        self.error += mean * mean;
    }
}

/// An event with an amount in a sampled session.
#[derive(Clone, Copy, Debug)]
struct AmountEvent {
    /// The sessions of the run that it stands for.
    weight: f64,
    /// The mean of the amount, or itself where no closed form has that.
    mean: f64,
    variance: f64,
    is_negative: bool,
}

/// The amounts of a scenario, and the moments of those that depend on nothing else.
struct KnownAmounts {
    amounts: Amounts,
    moments: Vec<Option<ValueMoments>>,
}

impl KnownAmounts {
    fn new(model: &Model, amounts: Amounts) -> Self {
        let moments = |(event, property)| model.properties().moments(event, property);
        Self { moments: amounts.names().map(moments).collect(), amounts }
    }

    /// The amounts of an event; nothing of one of another type.
    fn of(&self, model: &Model, record: &Record) -> Vec<(AmountKey, AmountEvent)> {
        if !self.amounts.are_of(&model.event_types()[record.content.kind.index()]) {
            return Vec::new();
        }
        let event = model.event(record);
        let fields = EventFields::from(&event);
        let known = |(key, amount): (AmountKey, ExactNumber)| {
            let amount = amount.nearest();
            let moments =
                self.moments[key.0].unwrap_or(ValueMoments { mean: amount, variance: 0.0 });
            let ValueMoments { mean, variance } = moments;
            (key, AmountEvent { weight: 1.0, mean, variance, is_negative: amount < 0.0 })
        };
        self.amounts.values(&fields).map(known).collect()
    }
}

/// The amounts in sampled sessions, by behavior.
fn sampled(
    model: &Model,
    amounts: &KnownAmounts,
    parts: &[PersonaPart<'_>],
) -> Vec<SampledBehavior> {
    let mut sampled = vec![SampledBehavior::default(); parts.len()];
    let weights = super::persona::session_weights(parts);
    // Sessions of the run that come as far as an event of theirs.
    let weight = |behavior: usize, offset_ms| match &parts[behavior].starts {
        None => weights[behavior],
        Some(starts) => {
            let is_cut = model.at_end() == AtEnd::Cut;
            parts[behavior].share * starts.before_end(if is_cut { offset_ms } else { 0 })
        }
    };
    let streams = RngStreams::new(SAMPLE_SEED);
    let (model, ids, mut planner) =
        (model.clone().with_seed(SAMPLE_SEED), Ids::new(&streams), Planner::default());
    for user in 0..MOST_SESSIONS {
        if user % SESSIONS == 0 && user > 0 && has_enough(&sampled) {
            break;
        }
        let (user_code, session) = (ids.user(user), ids.session(user, 0));
        let behavior = model.people().behavior(user_code);
        let plan = planner.plan(model.behavior(behavior), streams.for_session(user, 0));
        let mut of_session: BTreeMap<AmountKey, Vec<AmountEvent>> = BTreeMap::new();
        for (number, step) in (0..).zip(plan.steps) {
            let Some(time) = model.start().checked_add_millis(step.offset_ms) else { break };
            let record = Record { time, session, user_code, number, content: step.content };
            for (key, event) in amounts.of(&model, &record) {
                let weight = weight(behavior, step.offset_ms);
                of_session.entry(key).or_default().push(AmountEvent { weight, ..event });
            }
        }
        let sampled = &mut sampled[behavior];
        sampled.sessions += 1.0;
        for (key, of_session) in of_session {
            sampled.amounts.entry(key).or_default().add_session(&of_session);
        }
    }
    sampled
}

/// True if each amount is in enough of the sampled sessions.
fn has_enough(sampled: &[SampledBehavior]) -> bool {
    let mut all: BTreeMap<&AmountKey, f64> = BTreeMap::new();
    for (key, moments) in sampled.iter().flat_map(|behavior| &behavior.amounts) {
        *all.entry(key).or_default() += moments.sampled;
    }
    !all.is_empty() && all.values().all(|sampled| *sampled >= ENOUGH)
}

/// The amounts of sampled users.
struct RunAmounts<'m> {
    sample: UserSample<'m>,
    /// By the place of the key, so that there is one of each.
    keys: BTreeMap<PersonaAmountKey, usize>,
    sums: SampledSums<usize>,
    /// The relative standard error of the sessions.
    error: f64,
}

impl<'m> RunAmounts<'m> {
    /// The amounts of these keys; none of a run without an end, and where a few users have millions of events.
    fn of(
        model: &'m Model,
        amounts: &KnownAmounts,
        parts: &[PersonaPart<'_>],
        expected: &BTreeMap<PersonaAmountKey, AmountMoments>,
    ) -> Option<Self> {
        let in_all = |value: &dyn Fn(&PersonaPart<'_>, f64) -> f64| {
            let of = |part: &PersonaPart<'_>| {
                Some(value(part, part.share * part.starts.as_ref()?.in_all()))
            };
            parts.iter().map(of).sum::<Option<f64>>()
        };
        let sessions = in_all(&|_, sessions| sessions)?;
        let events = in_all(&|part, sessions| sessions * part.means.events())?;
        let error = in_all(&|part, sessions| {
            sessions * part.starts.as_ref().map_or(0.0, SessionStarts::relative_error)
        })?;
        let sample = UserSample::new(model, events)?;
        let keys: BTreeMap<_, _> = expected.keys().cloned().zip(0..).collect();
        let (mut sums, combinations) = (SampledSums::new(), model.people().combinations().count());
        sample.each_event(|SampledEvent { row, session, record, model }| {
            let persona = model.people().behavior(record.user_code) / combinations;
            for ((place, currency), event) in amounts.of(model, record) {
                for persona in [None, Some(persona)] {
                    if let Some(key) = keys.get(&(place, currency.clone(), persona)) {
                        sums.add(*key, row, session, event.mean);
                    }
                }
            }
        });
        Some(Self { sample, keys, sums, error: error / sessions.max(f64::MIN_POSITIVE) })
    }

    /// What a single run may have.
    fn interval(
        &self,
        model: &Model,
        key: &PersonaAmountKey,
        moments: AmountMoments,
    ) -> Option<RunInterval> {
        let AmountMoments { sessions, sum, squares, own_variance, error, is_signed, .. } = moments;
        let users = f64::from(model.users());
        let expected = ExpectedSum { sessions, sum, squares, own_variance };
        let variance = self.sums.variance(&self.sample, *self.keys.get(key)?, expected, users);
        let deviation = libm::sqrt(variance);
        let error = libm::hypot(libm::sqrt(error), self.error * sum);
        let interval = if is_signed {
            RunInterval::of_balance(sum, deviation, error)
        } else {
            RunInterval::of_amount(sum, deviation, error)
        };
        Some(interval.with_nothing_if_few(sessions))
    }
}
