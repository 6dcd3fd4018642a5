//! Journeys that sessions leave step by step.

use std::collections::BTreeMap;

use event_simulator::forecast::Forecast;
use event_simulator::{Event, Scenario, event_type};
use proptest::prelude::*;

fn scenario(continues: [f64; 3], share: f64, visit: f64) -> Scenario {
    let [first, second, third] = continues;
    let rest = 1.0 - share;
    let close = visit - 0.05;
    let click = 0.9 - visit - close;
    Scenario::from_yaml(&format!(
        "{{ simulation: {{ num_users: 600, duration_seconds: 900 }}, \
           user_behavior: {{ pages_per_session_min: 1, session_duration_min: 0, time_per_page_max: 60, \
             time_per_page_min: 1, time_between_sessions_max: 20 }}, \
           event_probabilities: {{ session_start: 0.05, session_end: 0.05, page_visit: {visit}, \
             page_close: {close}, button_click: {click} }}, \
           user_journeys: [ \
             {{ name: buying, probability: {share}, path: [/, /products, /cart, /thanks], \
                continue: [{first}, {second}, {third}] }}, \
             {{ name: whole, probability: {rest}, path: [/, /about] }} ] }}"
    ))
    .unwrap()
}

/// By session: its pages, and the last step of `buying`.
fn sessions(events: impl Iterator<Item = Event>) -> Vec<(u32, u64)> {
    let mut sessions: BTreeMap<String, (u32, u64)> = BTreeMap::new();
    for event in events.filter(|event| event.event_type == event_type::PAGE_VISITED) {
        let (pages, step) = sessions.entry(event.session_id).or_default();
        *pages += 1;
        if event.props.get("journey").is_some_and(|journey| journey == "buying") {
            let reached = event.props["step"].as_u64().unwrap();
            assert_eq!(reached, *step + 1, "steps follow one another");
            *step = reached;
        }
    }
    sessions.into_values().collect()
}

/// The share of the sessions that reach a step, as it is planned.
fn planned(forecast: &Forecast, journey: &str, step: u64) -> f64 {
    let mut journeys = forecast.journeys.iter();
    let journey = journeys.find(|known| known.journey == journey).unwrap();
    let mut steps = journey.steps.iter();
    steps.find(|known| u64::from(known.step) == step).unwrap().sessions
}

/// Without `continue` a session leaves the path where it ends; of all personas it is the mean by their sessions.
#[test]
fn steps_of_whole_journeys_are_reached_as_planned() {
    let scenario = Scenario::from_yaml(
        "{ simulation: { num_users: 4000, duration_seconds: 3600 }, \
           users: { personas: [{ name: brief, share: 0.5, user_behavior: { pages_per_session_max: 9 } }, \
             { name: rest, share: 0.5 }] } }",
    );
    let model = scenario.unwrap().compile().unwrap();
    let forecast = model.forecast();
    let mut sessions = 0.0;
    let mut found: BTreeMap<(String, u64), f64> = BTreeMap::new();
    for event in model.simulate(11) {
        sessions += f64::from(u8::from(event.event_type == event_type::SESSION_CREATED));
        if let (Some(journey), Some(step)) = (event.props.get("journey"), event.props.get("step")) {
            let key = (journey.as_str().unwrap().to_owned(), step.as_u64().unwrap());
            *found.entry(key).or_default() += 1.0;
        }
    }
    assert!(found.len() > 5, "{found:?}");
    for ((journey, step), count) in found {
        let reach = planned(&forecast, &journey, step);
        let error = (reach * (1.0 - reach) / sessions).sqrt();
        let found = count / sessions;
        assert!((found - reach).abs() < 4.0 * error, "{journey} {step}: {found} {reach}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Steps are reached by the product of the probabilities, and the mean number of pages, by which the mix is
    /// kept, stays.
    #[test]
    fn steps_are_reached_as_they_should_be(
        continues in prop::array::uniform3(0.1..0.95_f64),
        share in 0.2..0.9_f64,
        visit in 0.22..0.35_f64,
        seed: u64,
    ) {
        let scenario = scenario(continues, share, visit);
        let model = scenario.compile().unwrap();
        let mix = model.session_mix().unwrap();
        for (name, wanted) in [("page_visited", visit), ("session_created", 0.05)] {
            let found = mix.iter().find(|(known, _)| known == name).unwrap().1;
            prop_assert!((found - wanted).abs() < 1e-6, "{name}: {found}");
        }
        let forecast = model.forecast();
        let sessions = sessions(model.simulate(seed));
        let count = sessions.len() as f64;
        let mut reach = share;
        for (step, goes_on) in (1..).zip([1.0].into_iter().chain(continues)) {
            reach *= goes_on;
            let found = sessions.iter().filter(|(_, reached)| *reached >= step).count() as f64 / count;
            let error = (reach * (1.0 - reach) / count).sqrt();
            prop_assert!((found - reach).abs() < 5.0 * error + 1e-9, "step {step}: {found} {reach}");
            let planned = planned(&forecast, "buying", step);
            prop_assert!((planned - reach).abs() < 1e-9, "step {step}: {planned} {reach}");
        }
        let pages = sessions.iter().map(|(pages, _)| f64::from(*pages));
        let mean = pages.clone().sum::<f64>() / count;
        let variance = pages.map(|pages| (pages - mean).powi(2)).sum::<f64>() / count;
        let error = (variance / count).sqrt();
        prop_assert!((mean - visit / 0.05).abs() < 5.0 * error, "{mean} {}", visit / 0.05);
    }
}
