//! The mix of simulated events, held against the scenario's shares.

use std::collections::BTreeMap;

use super::*;
use crate::event::BuiltIn;
use crate::scenario::{AtEnd, EventProbabilities, PageCountShape, Scenario, shipped};

const SESSIONS: u32 = 100_000;

/// Standard errors that a share may be off. With the 90 or so shares that are tested, a correct
/// simulator would fail for one seed in 150; the seed is fixed.
const TOLERANCE: f64 = 4.0;

/// Holds every share of `SESSIONS` sessions against the forecast's, which is the configured one.
///
/// Sessions are the independent unit: with a session's count `x` of a type, its total `n` and the
/// share `p`, the standard error of the found share is `sqrt(sum (x - p n)^2) / sum n`.
fn assert_mix_holds(name: &str, scenario: &Scenario) {
    let mut scenario = scenario.clone();
    scenario.simulation.num_users = SESSIONS;
    // One session a user: all start at once, and nobody comes back in time.
    scenario.simulation.ramp_up_seconds = 0.0;
    scenario.simulation.duration_seconds = 0.001;
    scenario.simulation.at_end = AtEnd::Finish;
    scenario.traffic = None;
    let model = scenario.compile().unwrap();
    let types = &model.names().event_types;
    let mut sessions: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let mut simulation = model.simulate(1);
    while let Some(record) = simulation.next_record() {
        let counts = sessions.entry(record.session.code()).or_insert(vec![0; types.len()]);
        counts[record.content.kind.index()] += 1;
    }
    assert_eq!(sessions.len(), SESSIONS as usize);
    let counts: Vec<Vec<u32>> = sessions.into_values().collect();
    let all: f64 = counts.iter().flatten().map(|&count| f64::from(count)).sum();
    for (event_type, share) in model.forecast().mix {
        let of_type = |session: &Vec<u32>| -> f64 {
            types
                .iter()
                .zip(session)
                .filter(|(name, _)| **name == event_type)
                .map(|(_, &count)| f64::from(count))
                .sum()
        };
        let residual =
            |session: &Vec<u32>| of_type(session) - share * f64::from(session.iter().sum::<u32>());
        let found = counts.iter().map(of_type).sum::<f64>() / all;
        let squares: f64 = counts.iter().map(|session| residual(session).powi(2)).sum();
        let standard_error = squares.sqrt() / all;
        assert!(
            (found - share).abs() <= TOLERANCE * standard_error.max(1e-12),
            "{name}: {event_type} is {found}, not {share} (standard error {standard_error})"
        );
    }
    assert_forecast_is_what_was_configured(name, &scenario, &model);
}

fn assert_forecast_is_what_was_configured(name: &str, scenario: &Scenario, model: &Model) {
    let (EventProbabilities::Shares(shares), None) =
        (&scenario.event_probabilities, &scenario.flow)
    else {
        return;
    };
    let mix = model.forecast().mix;
    for (key, &share) in shares {
        let event_type = BuiltIn::of_key(key).map_or(key.as_str(), |event| event.event_type());
        let expected = mix.iter().find(|(name, _)| name == event_type).map_or(0.0, |(_, s)| *s);
        assert!((expected - share).abs() < 1e-6, "{name}: {key} is {share}, computed {expected}");
    }
}

fn table(rows: &[(&str, f64)]) -> Scenario {
    let shares = rows.iter().map(|&(name, share)| (name.to_owned(), share)).collect();
    Scenario { event_probabilities: EventProbabilities::Shares(shares), ..Scenario::default() }
}

#[test]
fn every_shipped_scenario_has_its_mix() {
    for shipped in shipped::ALL {
        assert_mix_holds(shipped.name, &shipped.load().unwrap().scenario);
    }
}

#[test]
fn the_guides_three_tables_are_met() {
    assert_mix_holds("default", &Scenario::default());
    let high_interaction = table(&[
        ("session_start", 0.03),
        ("session_end", 0.03),
        ("page_visit", 0.20),
        ("page_close", 0.15),
        ("button_click", 0.55),
        ("link_click", 0.04),
    ]);
    assert_mix_holds("high interaction", &high_interaction);
    let custom = table(&[
        ("session_start", 0.05),
        ("session_end", 0.05),
        ("page_visit", 0.20),
        ("page_close", 0.15),
        ("button_click", 0.30),
        ("form_submit", 0.10),
        ("video_play", 0.08),
        ("search_query", 0.07),
    ]);
    assert_mix_holds("custom events", &custom);
}

#[test]
fn shapes_as_those_of_real_sites_keep_the_mix() {
    let mut scenario = Scenario::default();
    scenario.distributions.pages_per_session = PageCountShape::HeavyTailed;
    scenario.distributions.page_popularity = 0.8;
    scenario.user_behavior.pages_per_session_min = 1;
    scenario.user_behavior.pages_per_session_max = 60;
    scenario.user_behavior.session_duration_min = 0.0;
    scenario.user_behavior.session_duration_max = 9_000.0;
    assert_mix_holds("shapes", &scenario);
}

#[test]
fn lost_beacons_and_links_that_open_elsewhere_have_their_shares() {
    let lost = table(&[
        ("session_start", 0.06),
        ("session_end", 0.03),
        ("page_visit", 0.30),
        ("page_close", 0.10),
        ("button_click", 0.31),
        ("link_click", 0.20),
    ]);
    assert_mix_holds("lost", &lost);
}
