//! Experiments: who has which variant, what it changes, and what events say of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::scenario_schema::violation;
use event_simulator::forecast::{ExperimentForecast, VariantForecast};
use event_simulator::scenario::shipped;
use event_simulator::wire::{Encode, Encoder};
use event_simulator::{Event, Scenario, event_type};
use proptest::prelude::*;

const SHOP: &str = "
simulation: { num_users: 400, duration_seconds: 1500, ramp_up_seconds: 300 }
flow:
  start: { /: 0.7, /shop: 0.3 }
  links: 0.5
  pages:
    /: { dwell: { min: 100ms, max: 3s }, next: { /shop: 0.6, exit: 0.4 } }
    /shop:
      dwell: { median: 4s, p90: 20s }
      events: { look: { mean: 1.5 }, buy: { probability: 0.3, next: /thanks } }
      next: { /shop: 0.3, /: 0.3, exit: 0.4 }
    /thanks: {}
  goals: { bought: buy, thanked: { page: /thanks }, home: { page: / }, looked: look }
events:
  buy: { properties: { price: { log_normal: { median: 20, p90: 60 }, currency: EUR } } }
";

fn scenario(experiments: &str) -> Scenario {
    Scenario::from_yaml(&format!("{SHOP}experiments: [ {experiments} ]\n")).unwrap()
}

fn events(scenario: &Scenario, seed: u64) -> Vec<Event> {
    scenario.compile().unwrap().simulate(seed).collect()
}

/// Events without what experiments add to them.
fn without_experiments(events: Vec<Event>) -> Vec<Event> {
    let mut others = events;
    others.retain(|event| event.event_type != event_type::EXPERIMENT_VIEWED);
    for event in &mut others {
        event.own.shift_remove("user");
    }
    others
}

const SHIFT: &str = "{ name: shift, effect: { treatment: { /shop.buy: +30%, /shop -> /: -20% } } }";
const IDLE: &str = "{ name: idle, variants: { a: 0.2, b: 0.8 }, exposure: /shop }, \
                    { name: none, variants: { a: 0.2, b: 0.3, c: 0.5 } }, \
                    { name: zero, effect: { treatment: { /shop.buy: +0% } } }";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// An experiment without effect moves nothing, not even beside one that has an effect.
    #[test]
    fn an_experiment_without_effect_moves_nothing(seed: u64) {
        let plain = events(&Scenario::from_yaml(SHOP).unwrap(), seed);
        prop_assert_eq!(&without_experiments(events(&scenario(IDLE), seed)), &plain);
        let alone = without_experiments(events(&scenario(SHIFT), seed));
        let beside = events(&scenario(&format!("{SHIFT}, {IDLE}")), seed);
        prop_assert_eq!(without_experiments(beside), alone);
    }
}

/// What happens in each session, whatever its time.
fn sessions(events: &[Event]) -> HashMap<String, Vec<(String, Option<String>)>> {
    let mut sessions: HashMap<String, Vec<_>> = HashMap::new();
    for event in events {
        let of_session = sessions.entry(event.session_id.clone()).or_default();
        of_session.push((event.event_type.clone(), event.page_path.clone()));
    }
    sessions
}

/// An effect changes only sessions that come to where it is, and there as many as it takes.
#[test]
fn an_effect_changes_what_it_is_about() {
    let plain = sessions(&events(&Scenario::from_yaml(SHOP).unwrap(), 3));
    let shifted = sessions(&without_experiments(events(
        &scenario("{ name: x, effect: { treatment: { /shop.buy: +30% } } }"),
        3,
    )));
    let on_shop = |steps: &[(String, Option<String>)]| {
        steps.iter().any(|(_, page)| page.as_deref() == Some("/shop"))
    };
    let (mut same, mut other) = (0, 0);
    for (id, steps) in &shifted {
        let Some(before) = plain.get(id) else { continue };
        if before == steps {
            same += 1;
        } else {
            other += 1;
            assert!(on_shop(before) && on_shop(steps), "{before:?} {steps:?}");
        }
    }
    // Of the views of the shop about 4 % go another way.
    let share = f64::from(other) / f64::from(same + other);
    assert!(same > 1_000 && (0.01..0.1).contains(&share), "{same} {other}");
}

/// Users keep their variant, in whichever order and however many there are.
#[test]
fn users_keep_their_variants() {
    let variants = |experiments: &str| -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for event in events(&scenario(experiments), 5) {
            let variant = event.own["user"]["x"].as_str().unwrap().to_owned();
            if event.event_type == event_type::EXPERIMENT_VIEWED && event.props["experiment"] == "x"
            {
                assert_eq!(event.props["variant"], variant.as_str());
            }
            let before = found.insert(event.user_id, variant.clone());
            assert!(before.is_none_or(|before| before == variant));
        }
        found
    };
    let two = variants("{ name: x, variants: { a: 0.6, b: 0.4 } }");
    let beside = variants(&format!("{SHIFT}, {{ name: x, variants: {{ a: 0.6, b: 0.4 }} }}"));
    assert_eq!(two, beside);
    let three = variants("{ name: x, variants: { a: 0.48, b: 0.32, c: 0.2 } }");
    let moved: Vec<&String> = two
        .iter()
        .filter(|(user, variant)| three[*user] != **variant)
        .map(|(user, _)| user)
        .collect();
    assert!(moved.iter().all(|user| three[*user] == "c"));
    assert!((40..120).contains(&moved.len()), "{}", moved.len());
}

/// Users are exposed once a session, right after the page is seen for the first time.
#[test]
fn exposures_are_at_the_first_view() {
    let scenario = scenario(&format!("{SHIFT}, {IDLE}"));
    let mut open: HashMap<String, Vec<Event>> = HashMap::new();
    for event in events(&scenario, 1) {
        open.entry(event.session_id.clone()).or_default().push(event);
    }
    let mut exposed = 0;
    for events in open.values() {
        assert!(events.windows(2).all(|pair| pair[0].event_time < pair[1].event_time));
        assert_eq!(events.last().unwrap().event_type, event_type::SESSION_ENDED);
        for (experiment, page) in
            [("shift", Some("/shop")), ("idle", Some("/shop")), ("none", None)]
        {
            let is_view = |event: &&Event| {
                event.event_type == event_type::PAGE_VISITED
                    && page.is_none_or(|page| event.page_path.as_deref() == Some(page))
            };
            let exposures: Vec<&Event> = events
                .iter()
                .filter(|event| event.event_type == event_type::EXPERIMENT_VIEWED)
                .filter(|event| event.props["experiment"] == experiment)
                .collect();
            let first = events.iter().find(is_view);
            assert_eq!(exposures.len(), usize::from(first.is_some()));
            if let (Some(view), [exposure]) = (first, &exposures[..]) {
                exposed += 1;
                assert!((1..10).contains(&exposure.event_time.millis_since(view.event_time)));
                assert_eq!(exposure.page_path, view.page_path);
            }
        }
    }
    assert!(exposed > 1_000);
}

#[test]
fn lines_are_those_of_serde_json_and_keep_their_schema() {
    let identity = "users: { identity: { sign_up: 0.3, log_in: 0.6, log_out: 0.3 }, devices: { per_user: 1.5 } }\n\
                    simulation: { num_users: 100, duration_seconds: 5000, at_end: cut }\n";
    let known =
        format!("{}experiments: [ {SHIFT}, {IDLE} ]\n", SHOP.replace("\nsimulation: {", "\n#"));
    for scenario in [
        scenario(&format!("{SHIFT}, {{ name: 'a \"b\"', variants: {{ 'x\\y': 1 }} }}")),
        Scenario::from_yaml(&format!("{identity}{known}")).unwrap(),
    ] {
        let model = scenario.compile().unwrap();
        let schema = model.event_schema();
        let mut simulation = model.simulate(2);
        let mut encoder = Encoder::new(simulation.model());
        let (mut line, mut ids, mut exposures) = (Vec::new(), HashSet::new(), 0);
        while let Some(record) = simulation.next_record() {
            line.clear();
            encoder.encode(&record, &mut line);
            let event = simulation.model().event(&record);
            let text = serde_json::to_string(&event).unwrap() + "\n";
            assert_eq!(String::from_utf8_lossy(&line), text);
            if event.event_type == event_type::EXPERIMENT_VIEWED && exposures < 50 {
                exposures += 1;
                let value: Value = serde_json::from_str(&text).unwrap();
                let definition = &schema["definitions"][event_type::EXPERIMENT_VIEWED];
                assert_eq!(violation(&schema, definition, &value), None, "{text}");
            }
            assert!(ids.insert(event.event_id));
        }
        assert!(exposures > 0);
    }
}

/// What is found of a variant: sessions, those exposed, and of these those that reach each goal.
#[derive(Default)]
struct Found {
    sessions: f64,
    exposed: f64,
    reached: BTreeMap<&'static str, f64>,
}

/// The sessions of a simulation by the variant of their users.
fn found(scenario: &Scenario, experiment: &str) -> BTreeMap<String, Found> {
    let goals = |event: &Event| match (&*event.event_type, event.page_path.as_deref()) {
        ("buy", _) => vec!["bought"],
        ("look", _) => vec!["looked"],
        (event_type::PAGE_VISITED, Some("/thanks")) => vec!["thanked"],
        (event_type::PAGE_VISITED, Some("/")) => vec!["home"],
        _ => vec![],
    };
    let mut open: HashMap<String, (bool, HashSet<&'static str>)> = HashMap::new();
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    for event in scenario.compile().unwrap().simulate(11) {
        let (exposed, reached) = open.entry(event.session_id.clone()).or_default();
        *exposed |= event.event_type == event_type::EXPERIMENT_VIEWED
            && event.props["experiment"] == experiment;
        reached.extend(goals(&event));
        if event.event_type == event_type::SESSION_ENDED {
            let variant = event.own["user"][experiment].as_str().unwrap().to_owned();
            let found = all.entry(variant).or_default();
            let (exposed, reached) = open.remove(&event.session_id).unwrap();
            found.sessions += 1.0;
            if exposed {
                found.exposed += 1.0;
                for goal in reached {
                    *found.reached.entry(goal).or_default() += 1.0;
                }
            }
        }
    }
    all
}

fn experiment(scenario: &Scenario, name: &str) -> ExperimentForecast {
    let forecast = scenario.compile().unwrap().forecast();
    forecast.experiments.into_iter().find(|of| of.experiment == name).unwrap()
}

/// The distance of a share from what it should be, in standard errors.
fn errors(part: f64, whole: f64, expected: f64) -> f64 {
    let error = (expected * (1.0 - expected) / whole).sqrt().max(1e-9);
    (part / whole - expected).abs() / error
}

#[test]
fn variants_are_as_forecast() {
    let mut scenario = scenario(&format!(
        "{SHIFT}, {{ name: other, variants: {{ a: 0.3, b: 0.7 }}, effect: {{ b: {{ /shop.buy: -20%, \
           / -> /shop: +10% }} }}, exposure: / }}, {IDLE}"
    ));
    scenario.simulation.num_users = 2_000;
    for name in ["shift", "other", "idle"] {
        let forecast = experiment(&scenario, name);
        let found = found(&scenario, name);
        for VariantForecast { variant, exposed, goals, .. } in &forecast.variants {
            let found = &found[variant];
            assert!(found.sessions > 5_000.0);
            let off = errors(found.exposed, found.sessions, *exposed);
            assert!(off < 4.0, "{name} {variant}: {off}");
            for goal in goals {
                let reached = found.reached.get(&*goal.goal).copied().unwrap_or_default();
                let off = errors(reached, found.exposed, goal.rate);
                assert!(off < 4.0, "{name} {variant} {}: {off}", goal.goal);
            }
        }
    }
}

#[test]
fn the_shipped_experiment_has_the_lift_that_it_says() {
    let scenario = shipped::find("checkout-experiment").unwrap().load().unwrap().scenario;
    let forecast = experiment(&scenario, "new_checkout");
    let goal = |variant: usize, name: &str| {
        forecast.variants[variant].goals.iter().find(|goal| goal.goal == name).unwrap().clone()
    };
    assert_eq!(goal(0, "conversion").lift, Some(0.0));
    assert!((goal(1, "checkout").rate - 1.0).abs() < 1e-12);
    // Those who do not buy come again to the checkout, so that the lift of a session is below that of a view.
    let lift = goal(1, "conversion").lift.unwrap();
    assert!((0.08..0.1).contains(&lift), "{lift}");
    let idle = experiment(&scenario, "footer");
    let is_none = |lift: Option<f64>| lift.is_none_or(|lift| lift.abs() < 1e-12);
    assert!(idle.variants.iter().flat_map(|variant| &variant.goals).all(|goal| is_none(goal.lift)));
}
