//! Whole runs of every shipped scenario against what `plan` says of them.

use std::collections::{BTreeMap, HashSet};

use event_simulator::forecast::expected_revenue;
use event_simulator::scenario::shipped;
use event_simulator::{Scenario, event_type};
use serde_json::Value;

/// Runs of each scenario: sessions and events of one are not independent, runs are.
const RUNS: u64 = 25;
const EVENTS_A_RUN: f64 = 15_000.0;
const MOST_USERS: f64 = 200_000.0;
/// For a scenario without an end.
const SECONDS: f64 = 3_600.0;
/// The relative standard error of the number of sessions in `plan`, whose durations are sampled.
const PLAN_ERROR: f64 = 0.003;

/// Totals by name.
type Totals = BTreeMap<String, f64>;

/// The scenario with as many users as give a run of about so many events.
fn of_some_size(mut scenario: Scenario) -> Scenario {
    if scenario.simulation.duration_seconds <= 0.0 {
        scenario.simulation.duration_seconds = SECONDS;
    }
    let events = scenario.compile().unwrap().forecast().events.unwrap();
    let users = f64::from(scenario.simulation.num_users) * EVENTS_A_RUN / events;
    scenario.simulation.num_users = users.clamp(20.0, MOST_USERS) as u32;
    scenario
}

/// What `plan` says, each with the standard error that it has itself.
fn planned(scenario: &Scenario) -> BTreeMap<String, [f64; 2]> {
    let model = scenario.compile().unwrap();
    let forecast = model.forecast();
    let (sessions, events) = (forecast.sessions.unwrap(), forecast.events.unwrap());
    let of_sessions = |total: f64| [total, PLAN_ERROR * total];
    let mut planned = BTreeMap::from([("sessions".to_owned(), of_sessions(sessions))]);
    for (name, share) in forecast.mix {
        planned.insert(format!("events {name}"), of_sessions(share * events));
    }
    if let Some(traffic) = forecast.traffic.filter(|_| scenario.users.identity.is_none()) {
        let users: f64 = traffic.days.iter().map(|day| day.new_users).sum();
        planned.insert("users".to_owned(), [users, 0.0]);
    }
    for row in expected_revenue(&model, scenario) {
        let name = format!("amounts {}.{}", row.event, row.property);
        let [sum, error] = planned.entry(name).or_default();
        *sum += row.sum.amount;
        *error = error.hypot(row.sum.standard_error).hypot(PLAN_ERROR * row.sum.amount);
    }
    planned
}

/// What a run has of the same names.
fn found(scenario: &Scenario, seed: u64, names: &[String]) -> Totals {
    let amounts: Vec<[&str; 2]> = names
        .iter()
        .filter_map(|name| name.strip_prefix("amounts ")?.split_once('.'))
        .map(|(event, property)| [event, property])
        .collect();
    let mut totals: Totals = names.iter().map(|name| (name.clone(), 0.0)).collect();
    let mut users = HashSet::new();
    for event in scenario.compile().unwrap().simulate(seed) {
        *totals.entry(format!("events {}", event.event_type)).or_default() += 1.0;
        for [name, property] in &amounts {
            let value = event.props.get(*property).filter(|_| event.event_type == *name);
            let amount = value.and_then(Value::as_f64).unwrap_or_default();
            *totals.entry(format!("amounts {name}.{property}")).or_default() += amount;
        }
        if event.event_type == event_type::SESSION_CREATED {
            *totals.entry("sessions".to_owned()).or_default() += 1.0;
        }
        users.insert(event.user_id);
    }
    if let Some(count) = totals.get_mut("users") {
        *count = users.len() as f64;
    }
    totals
}

/// Sessions, events of each type, users and amounts of money are within four standard errors of what is planned.
#[test]
fn totals_of_the_shipped_scenarios_are_as_planned() {
    let mut off = Vec::new();
    for shipped in shipped::ALL {
        let scenario = of_some_size(shipped.load().unwrap().scenario);
        let planned = planned(&scenario);
        let names: Vec<String> = planned.keys().cloned().collect();
        let runs: Vec<Totals> = (0..RUNS).map(|seed| found(&scenario, seed, &names)).collect();
        for name in runs.iter().flat_map(Totals::keys).filter(|name| !planned.contains_key(*name)) {
            off.push(format!("{}: {name} is not planned", shipped.name));
        }
        for (name, [expected, own_error]) in &planned {
            let of_runs = || runs.iter().map(|totals| totals[name]);
            let mean = of_runs().sum::<f64>() / RUNS as f64;
            let squares: f64 = of_runs().map(|total| (total - mean).powi(2)).sum();
            let error = (squares / (RUNS * (RUNS - 1)) as f64).sqrt().hypot(*own_error);
            if (mean - expected).abs() > 4.0 * error + 1e-6 * expected {
                off.push(format!("{}: {name}: {mean}, not {expected} +- {error}", shipped.name));
            }
        }
    }
    assert!(off.is_empty(), "{} are off:\n{}", off.len(), off.join("\n"));
}
