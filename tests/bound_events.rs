//! Custom events of the mix that happen on certain pages or journey steps alone.

use std::collections::BTreeMap;

use event_simulator::{Event, Scenario, event_type};
use proptest::prelude::*;

fn scenario(on: (&str, &str), shares: (f64, f64), popularity: f64, goes_on: f64) -> Scenario {
    let (buy, sign_up) = shares;
    let click = 0.45 - buy - sign_up;
    Scenario::from_yaml(&format!(
        "{{ simulation: {{ num_users: 600, duration_seconds: 900 }}, \
           user_behavior: {{ pages_per_session_min: 1, session_duration_min: 0, time_per_page_max: 60, \
             time_per_page_min: 1, time_between_sessions_max: 20 }}, \
           distributions: {{ page_popularity: {popularity} }}, \
           event_probabilities: {{ session_start: 0.05, session_end: 0.05, page_visit: 0.25, \
             page_close: 0.2, button_click: {click}, buy: {buy}, sign_up: {sign_up} }}, \
           pages: [/, /products, /cart, /blog], \
           user_journeys: [ \
             {{ name: buying, probability: 0.5, path: [/, /products, /cart, /thanks], \
                continue: [0.8, {goes_on}, 0.9] }}, \
             {{ name: joining, probability: 0.3, path: [/, /join] }}, \
             {{ name: free, probability: 0.2, path: [] }} ], \
           events: {{ buy: {{ on: {} }}, sign_up: {{ on: {} }} }} }}",
        on.0, on.1
    ))
    .unwrap()
}

/// By session: the events of two types.
fn counts(events: &[Event], types: [&str; 2]) -> Vec<[f64; 2]> {
    let mut counts: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for event in events {
        let of_session = counts.entry(&event.session_id).or_default();
        for (count, name) in of_session.iter_mut().zip(types) {
            *count += f64::from(u8::from(event.event_type == name));
        }
    }
    counts.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Events happen where they are bound, and as often as their share of the mix says.
    #[test]
    fn bound_events_keep_their_shares(
        buy in 0.01..0.03_f64,
        sign_up in 0.01..0.02_f64,
        popularity in prop::sample::select(vec![0.0, 0.5]),
        goes_on in 0.2..1.0_f64,
        seed: u64,
    ) {
        for (on, places) in [
            (("/cart", "[/, /products]"), [&["/cart"][..], &["/", "/products"][..]]),
            (("[/cart, /thanks]", "[joining.2, /blog]"), [&["/cart", "/thanks"], &["/join", "/blog"]]),
            (("[buying.3, buying.2]", "[/cart, buying.1]"), [&["/cart", "/products"], &["/cart", "/"]]),
        ] {
            let scenario = scenario(on, (buy, sign_up), popularity, goes_on);
            let model = scenario.compile().unwrap();
            let events: Vec<Event> = model.simulate(seed).collect();
            for (name, places) in ["buy", "sign_up"].into_iter().zip(places) {
                let of_type = events.iter().filter(|event| event.event_type == name);
                for event in of_type {
                    let page = event.page_path.as_deref().unwrap();
                    prop_assert!(places.contains(&page), "{name} on {page}");
                }
            }
            let counts = counts(&events, ["buy", "sign_up"]);
            let sessions = counts.len() as f64;
            for (place, share) in [buy, sign_up].into_iter().enumerate() {
                let values = counts.iter().map(|counts| counts[place]);
                let mean = values.clone().sum::<f64>() / sessions;
                let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / sessions;
                let error = (variance / sessions).sqrt();
                let wanted = share / 0.05;
                prop_assert!((mean - wanted).abs() < 5.0 * error, "{on:?} {place}: {mean} {wanted}");
            }
        }
    }
}

/// On a journey's step alone, and not where the page is seen otherwise.
#[test]
fn an_event_of_a_step_happens_on_that_step() {
    let scenario = scenario(("buying.3", "/"), (0.02, 0.01), 0.0, 0.7);
    let mut on_step = BTreeMap::new();
    let (mut there, mut in_all) = (0, 0);
    for event in scenario.compile().unwrap().simulate(4) {
        if event.event_type == event_type::PAGE_VISITED {
            let step = (event.props.get("journey").cloned(), event.props.get("step").cloned());
            on_step.insert(event.session_id, step == (Some("buying".into()), Some(3.into())));
        } else if event.event_type == "buy" {
            in_all += 1;
            there += i32::from(on_step[&event.session_id]);
        }
    }
    assert!(in_all > 100 && there == in_all, "{there} of {in_all}");
}
