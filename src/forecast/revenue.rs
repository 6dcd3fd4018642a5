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
    /// Events with an amount in the run, or in a session of a run without end.
    pub events: f64,
    /// Their sum.
    pub amount: f64,
    /// The standard error of the sum, which comes from the sample.
    pub standard_error: f64,
}

const SAMPLE_SEED: u64 = 0x0fee_d0e5;
const SESSIONS: u32 = 16_384;

/// Sums over the sampled sessions of a persona.
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
    let personas = model.personas();
    let mut sampled = vec![BTreeMap::<AmountKey, SampledAmount>::new(); personas.len()];
    let mut sessions = vec![0.0; personas.len()];
    let streams = RngStreams::new(SAMPLE_SEED);
    let (model, ids, mut planner) =
        (model.clone().with_seed(SAMPLE_SEED), Ids::new(&streams), Planner::default());
    for user in 0..SESSIONS {
        let (user_code, session) = (ids.user(user), ids.session(user, 0));
        let persona = model.people().behavior(user_code);
        sessions[persona] += 1.0;
        let plan = planner.plan(model.behavior(persona), streams.for_session(user, 0));
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
        for (key, (events, sum)) in of_session {
            let sampled = sampled[persona].entry(key).or_default();
            sampled.events += events;
            sampled.sum += sum;
            sampled.squares += sum * sum;
        }
    }
    let weights = super::persona::session_weights(&personas);
    let mut expected: BTreeMap<AmountKey, (f64, f64, f64)> = BTreeMap::new();
    for (place, persona) in personas.iter().enumerate() {
        let of_run = persona.starts.as_ref().map(|starts| persona.share * starts.in_all());
        let (weight, count) = (of_run.unwrap_or(weights[place]), f64::max(sessions[place], 1.0));
        for (key, SampledAmount { events, sum, squares }) in &sampled[place] {
            let (all_events, amount, variance) = expected.entry(key.clone()).or_default();
            let mean = sum / count;
            *all_events += weight * events / count;
            *amount += weight * mean;
            *variance += weight * weight * (squares / count - mean * mean).max(0.0) / count;
        }
    }
    let row = |((place, currency), (events, amount, variance)): (AmountKey, (f64, f64, f64))| {
        let (event, property) = amounts.name(place);
        ExpectedRevenue {
            event: event.to_owned(),
            property: property.to_owned(),
            currency,
            events,
            amount,
            standard_error: variance.sqrt(),
        }
    };
    expected.into_iter().map(row).collect()
}
