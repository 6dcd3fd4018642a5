use super::expected_revenue;
use super::mix::SessionMeans;
use super::starts::SessionStarts;
use crate::behavior::{Behavior, Conduct, SampleSize, Step, THOROUGH, sample};
use crate::event::Kind;
use crate::scenario::{Scenario, shipped};

/// Holds the forecast against a simulation: `tolerance` is relative.
fn assert_forecast_holds(scenario: &Scenario, tolerance: f64) {
    let model = scenario.compile().unwrap();
    let forecast = model.forecast();
    let mut simulation = model.simulate(1);
    let (mut events, mut sessions) = (0.0, 0.0);
    while let Some(record) = simulation.next_record() {
        events += 1.0;
        sessions += f64::from(u8::from(record.number == 0));
    }
    for (found, expected) in
        [(sessions, forecast.sessions.unwrap()), (events, forecast.events.unwrap())]
    {
        let error = (found / expected - 1.0).abs();
        assert!(error < tolerance, "{found} found, {expected} expected, off by {error}");
    }
}

fn of(yaml: &str) -> Scenario {
    Scenario::from_yaml(yaml).unwrap()
}

#[test]
fn totals_are_those_of_a_simulation() {
    for yaml in [
        "simulation: { num_users: 5000 }",
        "simulation: { num_users: 1000, duration_seconds: 7200 }",
        "{ simulation: { num_users: 1000 }, advanced: { human_like_delays: false } }",
    ] {
        assert_forecast_holds(&of(yaml), 0.02);
    }
}

#[test]
fn a_distant_bound_and_a_run_within_the_ramp_up_are_forecast_too() {
    for longest in [604_800.0, 1e7, 1e9] {
        let mut scenario = of("simulation: { num_users: 10000 }");
        scenario.user_behavior.session_duration_max = longest;
        assert_forecast_holds(&scenario, 0.02);
    }
    assert_forecast_holds(&of("simulation: { num_users: 50000, duration_seconds: 1 }"), 0.05);
}

/// Dwells that are no longer than their actions need, sessions of one page and of bounds that bind.
#[test]
fn short_dwells_and_few_pages_are_forecast_too() {
    for behavior in [
        "{ session_duration_min: 0, time_per_page_min: 0, time_per_page_max: 0.012 }",
        "{ session_duration_min: 0, time_per_page_min: 0.001, time_per_page_max: 0.02, \
           time_between_sessions_min: 0, time_between_sessions_max: 0 }",
        "{ session_duration_min: 0, session_duration_max: 30, pages_per_session_min: 1, \
           pages_per_session_max: 1, time_per_page_min: 1, time_per_page_max: 300 }",
        "{ session_duration_min: 200, pages_per_session_min: 1, pages_per_session_max: 2, \
           time_per_page_min: 10, time_per_page_max: 300 }",
    ] {
        let scenario = of(&format!(
            "{{ simulation: {{ num_users: 8000, duration_seconds: 60 }}, \
               event_probabilities: auto, user_behavior: {behavior} }}"
        ));
        assert_forecast_holds(&scenario, 0.02);
    }
}

#[test]
fn shapes_as_those_of_real_sites_are_forecast_too() {
    for more in [
        "distributions: { first_starts: stationary }, simulation: { num_users: 20000 }",
        "distributions: { first_starts: stationary }, \
         simulation: { num_users: 20000, at_end: cut, duration_seconds: 100 }",
        "distributions: { pages_per_session: heavy_tailed, page_popularity: 0.8 }, \
         user_behavior: { pages_per_session_min: 1, pages_per_session_max: 50, \
           session_duration_min: 0, session_duration_max: 8000 }, simulation: { num_users: 20000 }",
        "distributions: { time_per_page_median: 15, time_per_page_p90: 60, first_starts: stationary, \
           time_between_sessions_median: 3600, time_between_sessions_p90: 86400 }, \
         user_behavior: { time_per_page_min: 1, time_per_page_max: 600, session_duration_min: 5, \
           session_duration_max: 7200, time_between_sessions_min: 60, time_between_sessions_max: 604800 }, \
         simulation: { num_users: 20000, duration_seconds: 36000 }",
    ] {
        assert_forecast_holds(&of(&format!("{{ {more} }}")), 0.02);
    }
}

/// In equilibrium each tenth of a run has the same number of starts: 10 counts of 2,300 or so, of which none is 5
/// standard deviations off.
#[test]
fn a_stationary_run_begins_as_it_goes_on() {
    let model = of("{ distributions: { first_starts: stationary }, \
                      simulation: { num_users: 8000, duration_seconds: 1000 } }");
    let model = model.compile().unwrap();
    let mut starts = [0.0; 10];
    for event in model.simulate(5).filter(|event| event.event_type == "session_created") {
        starts[(event.event_time.millis_since(model.start()) / 100_000) as usize] += 1.0;
    }
    let mean = starts.iter().sum::<f64>() / 10.0;
    for found in starts {
        assert!((found - mean).abs() < 5.0 * mean.sqrt(), "{starts:?}");
    }
}

#[test]
fn a_run_that_is_cut_is_forecast_too() {
    for simulation in [
        "num_users: 5000, duration_seconds: 300",
        "num_users: 500000, duration_seconds: 5, ramp_up_seconds: 60",
        "num_users: 200, duration_seconds: 40000",
    ] {
        assert_forecast_holds(&of(&format!("simulation: {{ {simulation}, at_end: cut }}")), 0.02);
    }
}

#[test]
fn the_mix_of_a_cut_run_is_the_one_that_it_has() {
    let model = of("simulation: { num_users: 50000, duration_seconds: 200, at_end: cut }");
    let model = model.compile().unwrap();
    let events: Vec<_> = model.simulate(3).collect();
    let mix = model.forecast().mix;
    assert!((mix.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
    for (event_type, expected) in mix {
        let found = events.iter().filter(|event| event.event_type == event_type).count() as f64
            / events.len() as f64;
        assert!((found / expected - 1.0).abs() < 0.03, "{event_type}: {found}, not {expected}");
    }
}

/// Personas of different pace, and accounts.
#[test]
fn personas_and_accounts_are_forecast_too() {
    let users = "personas: [ { name: a, share: 0.6 }, \
          { name: b, share: 0.4, user_behavior: { pages_per_session_max: 40, time_per_page_max: 60, \
            time_between_sessions_max: 300 } } ], \
        devices: { per_user: 1.5 }";
    for (identity, at_end) in
        [("", "finish"), (", identity: { sign_up: 0.2, log_out: 0.4 }", "cut")]
    {
        let scenario = of(&format!(
            "{{ simulation: {{ num_users: 3000, duration_seconds: 1800, at_end: {at_end} }}, \
               users: {{ {users}{identity} }} }}"
        ));
        assert_forecast_holds(&scenario, 0.02);
    }
}

/// The amounts of an order that sums up its cart, in each currency, of all and of each persona: within four standard
/// errors of both samples.
#[test]
fn revenue_is_that_of_a_simulation() {
    let mut scenario = shipped::find("web-shop").unwrap().load().unwrap().scenario;
    scenario.simulation.num_users = 4_000;
    // So that each event says the persona.
    scenario.users.identity = None;
    let model = scenario.compile().unwrap();
    let mut found: std::collections::BTreeMap<(String, String), f64> =
        std::collections::BTreeMap::new();
    for event in model.simulate(1).filter(|event| event.event_type == "purchase") {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let (currency, persona) =
            (text(&event.props["currency"]), text(&event.own["user"]["persona"]));
        let amount = event.props["amount"].as_f64().unwrap();
        for persona in [String::new(), persona] {
            *found.entry((currency.clone(), persona)).or_default() += amount;
        }
    }
    let expected = expected_revenue(&model, &scenario);
    assert_eq!(expected.len(), 4);
    for row in &expected {
        let of_personas = row.personas.iter().map(|of| (of.persona.clone(), of.sum));
        assert_eq!(row.personas.len(), 2);
        for (persona, sum) in of_personas.chain([(String::new(), row.sum)]) {
            let sampled = sum.standard_error / sum.amount;
            let of_run = sum.run.unwrap().standard_deviation / sum.amount;
            let found = found[&(row.currency.clone(), persona)];
            let error = (found / sum.amount - 1.0).abs();
            assert!(error < 4.0 * sampled.hypot(of_run), "{row:?} {found:?}");
        }
    }
}

/// Sums of values, in lists and objects too.
#[test]
fn totals_of_properties_are_those_of_a_simulation() {
    let scenario = of(
        "{ simulation: { num_users: 2000 }, events: { page_visited: { properties: { \
        n: { poisson: { mean: 3 }, missing: 0.25, nullable: 0.1 }, \
        items: { list: { of: { object: { price: { uniform: { min: 1, max: 9 } } } }, min: 0, max: 4 } }, \
        only: { constant: 2, when: { page_path: / } } } } } }",
    );
    let model = scenario.compile().unwrap();
    let forecast = model.forecast();
    let (mut n, mut prices) = (0.0, 0.0);
    for event in model.simulate(3) {
        n += event.props.get("n").and_then(serde_json::Value::as_f64).unwrap_or_default();
        let items = event.props.get("items").and_then(serde_json::Value::as_array);
        prices += items.into_iter().flatten().map(|i| i["price"].as_f64().unwrap()).sum::<f64>();
    }
    let total = |name: &str| {
        let mean = forecast.properties.iter().find(|mean| mean.property == name).unwrap();
        mean.total
    };
    assert!((n / total("n").unwrap() - 1.0).abs() < 0.02, "{n}");
    assert!((prices / total("items[].price").unwrap() - 1.0).abs() < 0.02, "{prices}");
    assert_eq!(total("only"), None);
}

/// The greatest distance of the events of each kind, and of the views of each page of a flow, from what is expected of
/// a session, in standard errors of the mean of so many.
fn greatest_error(behavior: &Behavior, kinds: usize, sessions: u32) -> f64 {
    let mut expected = SessionMeans::new(behavior, kinds).by_kind;
    let mut pages = Vec::new();
    if let Conduct::Flow(flow) = &behavior.conduct {
        pages.extend(flow.pages.iter().map(|page| page.page));
        expected.extend(flow.views());
    }
    let mut moments = vec![(0.0, 0.0); expected.len()];
    let mut counts = vec![0.0; expected.len()];
    let size = SampleSize { most_sessions: sessions, most_events: u64::MAX };
    sample(behavior, size, |steps: &[Step]| {
        counts.fill(0.0);
        for step in steps {
            counts[step.content.kind.index()] += 1.0;
            let page = step.content.page.filter(|_| step.content.kind == Kind::PAGE_VISITED);
            let place = pages.iter().position(|known| Some(*known) == page);
            if let Some(place) = place {
                counts[kinds + place] += 1.0;
            }
        }
        for ((sum, squares), count) in moments.iter_mut().zip(&counts) {
            *sum += count;
            *squares += count * count;
        }
    });
    let sessions = f64::from(sessions);
    let errors = moments.iter().zip(&expected).map(|((sum, squares), expected)| {
        let mean = sum / sessions;
        let variance = (squares / sessions - mean * mean).max(0.0);
        // What is so rare that it may not be there at all counts as ten sessions.
        (mean - expected).abs() / (variance / sessions).sqrt().max(2.5 / sessions)
    });
    errors.fold(0.0, f64::max)
}

/// What happens in a million sessions of the shipped scenarios, of fixed seed. For another seed a right forecast of some
/// 400 quantities is 4 standard errors off in one of them with a probability of 3 %.
#[test]
fn sessions_of_the_shipped_scenarios_are_as_planned() {
    const SESSIONS: u32 = 60_000;
    let mut all = 0;
    for shipped in shipped::ALL {
        let model = shipped.load().unwrap().scenario.compile().unwrap();
        for (number, (behavior, _)) in model.behaviors().enumerate() {
            let error = greatest_error(behavior, model.event_types().len(), SESSIONS);
            assert!(error < 4.0, "{}, behavior {number}: {error} standard errors", shipped.name);
            all += SESSIONS;
        }
    }
    assert!(all >= 1_000_000, "{all}");
}

/// The error that is stated is that of the totals of parts of the sample, whose own error with 16 parts is 18 %; to
/// first order, which is half of it where most users leave soon.
#[test]
fn the_stated_error_is_that_of_the_sample() {
    for yaml in [
        "simulation: { num_users: 100, duration_seconds: 7200 }",
        "{ simulation: { duration_seconds: 7200 }, distributions: { first_starts: stationary } }",
        "{ simulation: { num_users: 5000, duration_seconds: 2592000 }, \
           user_behavior: { time_between_sessions_min: 7200, time_between_sessions_max: 604800 }, \
           traffic: { hours: evening, new_users_per_day: 100, retention: { day_1: 0.5, day_30: 0.2 } } }",
    ] {
        let model = of(yaml).compile().unwrap();
        let (behavior, _) = model.behaviors().next().unwrap();
        let sessions = sample(behavior, THOROUGH, |_| {});
        let starts = |of: &[_]| SessionStarts::new(model.population(), behavior, of).unwrap();
        let whole = starts(&sessions);
        let parts: Vec<f64> =
            sessions.chunks(sessions.len() / 16).map(|part| starts(part).in_all()).collect();
        let mean = parts.iter().sum::<f64>() / 16.0;
        let squares: f64 = parts.iter().map(|part| (part - mean) * (part - mean)).sum();
        let found = (squares / 15.0 / 16.0).sqrt() / mean;
        let ratio = whole.relative_error() / found;
        assert!((0.4..1.8).contains(&ratio), "{yaml}: {ratio}");
    }
}
