//! The expected amounts of money, from sampled sessions: what an order sums up depends on all before it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::behavior::Planner;
use crate::event::Record;
use crate::expectations::Amounts;
use crate::model::Model;
use crate::population::Ids;
use crate::random::RngStreams;
use crate::scenario::Scenario;
use crate::wire::EventFields;

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
}

impl ExpectedAmount {
    /// The sum of two that are independent.
    fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            amount: self.amount + other.amount,
            standard_error: self.standard_error.hypot(other.standard_error),
        }
    }
}

const SAMPLE_SEED: u64 = 0x0fee_d0e5;
const SESSIONS: u32 = 16_384;

/// Sums over the sampled sessions of a behavior.
#[derive(Clone, Debug, Default)]
struct SampledBehavior {
    sessions: f64,
    amounts: BTreeMap<AmountKey, SampledAmount>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SampledAmount {
    events: f64,
    sum: f64,
    squares: f64,
}

/// The amount's place among all, and the currency.
type AmountKey = (usize, String);

/// The expected revenue of a scenario whose model this is; nothing where no event carries money.
pub fn expected_revenue(model: &Model, scenario: &Scenario) -> Vec<ExpectedRevenue> {
    let Some(amounts) = Amounts::new(scenario) else { return Vec::new() };
    let (sampled, parts) = (sampled(model, &amounts), model.personas());
    let weights = super::persona::session_weights(&parts);
    let combinations = model.people().combinations().count();
    let mut expected: BTreeMap<AmountKey, Vec<ExpectedAmount>> = BTreeMap::new();
    for (place, (part, sampled)) in parts.iter().zip(&sampled).enumerate() {
        let of_run = part.starts.as_ref().map(|starts| part.share * starts.in_all());
        let (weight, count) = (of_run.unwrap_or(weights[place]), sampled.sessions.max(1.0));
        for (key, SampledAmount { events, sum, squares }) in &sampled.amounts {
            let mean = sum / count;
            let variance = (squares / count - mean * mean).max(0.0) / count;
            let of_personas = expected
                .entry(key.clone())
                .or_insert_with(|| vec![ExpectedAmount::default(); parts.len() / combinations]);
            let of_persona = &mut of_personas[place / combinations];
            *of_persona = of_persona.plus(ExpectedAmount {
                events: weight * events / count,
                amount: weight * mean,
                standard_error: weight * variance.sqrt(),
            });
        }
    }
    let row = |((place, currency), of_personas): (AmountKey, Vec<ExpectedAmount>)| {
        let (event, property) = amounts.name(place);
        let personas = model.persona_names().iter().cloned().zip(&of_personas);
        ExpectedRevenue {
            event: event.to_owned(),
            property: property.to_owned(),
            currency,
            sum: of_personas.iter().copied().fold(ExpectedAmount::default(), ExpectedAmount::plus),
            personas: personas
                .map(|(persona, sum)| PersonaRevenue { persona, sum: *sum })
                .collect(),
        }
    };
    expected.into_iter().map(row).collect()
}

/// The amounts in sampled sessions, by behavior.
fn sampled(model: &Model, amounts: &Amounts) -> Vec<SampledBehavior> {
    let mut sampled = vec![SampledBehavior::default(); model.behaviors().count()];
    let streams = RngStreams::new(SAMPLE_SEED);
    let (model, ids, mut planner) =
        (model.clone().with_seed(SAMPLE_SEED), Ids::new(&streams), Planner::default());
    for user in 0..SESSIONS {
        let (user_code, session) = (ids.user(user), ids.session(user, 0));
        let behavior = model.people().behavior(user_code);
        let plan = planner.plan(model.behavior(behavior), streams.for_session(user, 0));
        let mut of_session: BTreeMap<AmountKey, (f64, f64)> = BTreeMap::new();
        for (number, step) in (0..).zip(plan.steps) {
            let kind = step.content.kind.index();
            if !amounts.are_of(&model.event_types()[kind]) {
                continue;
            }
            let Some(time) = model.start().checked_add_millis(step.offset_ms) else { break };
            let record = Record { time, session, user_code, number, content: step.content };
            let event = model.event(&record);
            for (key, amount) in amounts.values(&EventFields::from(&event)) {
                let (events, sum) = of_session.entry(key).or_default();
                *events += 1.0;
                *sum += amount.nearest();
            }
        }
        let sampled = &mut sampled[behavior];
        sampled.sessions += 1.0;
        for (key, (events, sum)) in of_session {
            let amount = sampled.amounts.entry(key).or_default();
            amount.events += events;
            amount.sum += sum;
            amount.squares += sum * sum;
        }
    }
    sampled
}
