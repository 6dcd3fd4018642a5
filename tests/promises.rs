//! What every timeline keeps, over random valid scenarios.

use std::collections::{BTreeMap, HashMap, HashSet};

use event_simulator::scenario::{EventProbabilities, Journey, Scenario};
use event_simulator::{Event, Shard};
use proptest::prelude::*;

/// Most events of a timeline that a test looks at.
const ENOUGH: usize = 4_000;

/// A random scenario that is valid by construction: counts and probabilities are drawn first, and
/// the shares are computed from them.
fn scenarios() -> impl Strategy<Value = Scenario> {
    let counts = (1..6_u32, 0..8_u32, 0.0..=1.0_f64, 0..3_u32, 0..6_u32, 0.0..=1.0_f64);
    let probabilities = (0.0..=1.0_f64, 0.3..=1.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64, 0.0..=0.5_f64);
    let gaps = prop_oneof![1 => Just(0.0), 4 => 0.0..30.0_f64];
    let times = (0.1..20.0_f64, 1.0..4.0_f64, 0.0..=1.0_f64, 0.0..=1.0_f64, gaps);
    let run = (1..12_u32, 30.0..1_500.0_f64, 0.0..60.0_f64, any::<bool>(), any::<u64>());
    (counts, probabilities, times, run).prop_map(|(counts, probabilities, times, run)| {
        let mut scenario = Scenario::default();
        set_mix(&mut scenario, counts, probabilities);
        set_times(&mut scenario, times);
        let (users, duration_seconds, ramp_up_seconds, human_like_delays, seed) = run;
        scenario.seed = seed;
        scenario.simulation.num_users = users;
        scenario.simulation.duration_seconds = duration_seconds;
        scenario.simulation.ramp_up_seconds = ramp_up_seconds;
        scenario.advanced.human_like_delays = human_like_delays;
        scenario.user_journeys = vec![
            Journey {
                name: "long".to_owned(),
                probability: 0.75,
                path: ["/", "/only-here", "/", "/cart"].map(str::to_owned).to_vec(),
                likely_clicks: vec!["only_there".to_owned()],
                ..Journey::default()
            },
            Journey {
                name: "random".to_owned(),
                probability: 0.25,
                path: Vec::new(),
                likely_clicks: Vec::new(),
                ..Journey::default()
            },
        ];
        scenario
    })
}

type Counts = (u32, u32, f64, u32, u32, f64);

fn set_mix(scenario: &mut Scenario, counts: Counts, probabilities: (f64, f64, f64, f64, f64)) {
    let (pages_min, pages_width, pages_place, clicks_min, clicks_width, clicks_place) = counts;
    let (navigates, closes, ends, custom_part, elsewhere_part) = probabilities;
    let behavior = &mut scenario.user_behavior;
    behavior.pages_per_session_min = pages_min;
    behavior.pages_per_session_max = pages_min + pages_width;
    behavior.clicks_per_page_min = clicks_min;
    behavior.clicks_per_page_max = clicks_min + clicks_width;
    let pages = f64::from(pages_min) + pages_place * f64::from(pages_width);
    let actions = pages * (f64::from(clicks_min) + clicks_place * f64::from(clicks_width));
    let onward = navigates * (pages - 1.0);
    // Links open elsewhere only where no page is left without a word.
    let (closed, elsewhere) = if elsewhere_part < 0.25 {
        (closes * (pages - onward), 0.0)
    } else {
        (pages - onward, actions * elsewhere_part)
    };
    let acting = actions - elsewhere;
    let weights = [
        ("session_start", 1.0),
        ("session_end", ends),
        ("page_visit", pages),
        ("page_close", closed),
        ("button_click", acting * (1.0 - custom_part)),
        ("link_click", onward + elsewhere),
        ("form_submit", acting * custom_part),
    ];
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    scenario.event_probabilities = EventProbabilities::Shares(
        weights.iter().map(|&(name, weight)| (name.to_owned(), weight / sum)).collect(),
    );
}

fn set_times(scenario: &mut Scenario, times: (f64, f64, f64, f64, f64)) {
    let (page_min, page_factor, min_place, max_place, between) = times;
    // Time has whole milliseconds only: bounds between two of them leave nothing.
    let whole = |seconds: f64| (seconds * 1_000.0).round() / 1_000.0;
    let (page_min, between) = (whole(page_min), whole(between));
    let behavior = &mut scenario.user_behavior;
    let page_max = page_min * page_factor;
    let fewest = f64::from(behavior.pages_per_session_min);
    let most = f64::from(behavior.pages_per_session_max);
    let least_max = most * page_min + (most - 1.0) * 0.5 + 0.01;
    let greatest_min = (fewest * page_max + (fewest - 1.0) * 0.05).max(0.0);
    behavior.time_per_page_min = page_min;
    behavior.time_per_page_max = page_max;
    behavior.session_duration_min = min_place * greatest_min;
    behavior.session_duration_max =
        least_max.max(behavior.session_duration_min) + max_place * most * page_max;
    behavior.time_between_sessions_min = between;
    behavior.time_between_sessions_max = between * 1.5;
}

fn events(scenario: &Scenario) -> Vec<Event> {
    scenario.compile().unwrap().simulate(scenario.seed).take(ENOUGH).collect()
}

fn by_session(events: &[Event]) -> BTreeMap<&str, Vec<&Event>> {
    let mut sessions: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        sessions.entry(&event.session_id).or_default().push(event);
    }
    sessions
}

fn seconds_between(earlier: &Event, later: &Event) -> f64 {
    later.event_time.millis_since(earlier.event_time) as f64 / 1_000.0
}

fn leaves_page(event: &Event) -> bool {
    event.event_type == "page_closed"
        || event.event_type == "link_click" && !event.props.contains_key("target")
}

/// Checks one complete session against the scenario's bounds.
fn assert_session_keeps_its_bounds(scenario: &Scenario, session: &[&Event]) {
    const ROUNDING: f64 = 1e-9;
    let behavior = &scenario.user_behavior;
    let within =
        |value: f64, min: f64, max: f64| (min - ROUNDING..=max + ROUNDING).contains(&value);
    assert_eq!(session[0].event_type, "session_created");
    let visits: Vec<usize> =
        (0..session.len()).filter(|&i| session[i].event_type == "page_visited").collect();
    let pages = visits.len() as u32;
    assert!((behavior.pages_per_session_min..=behavior.pages_per_session_max).contains(&pages));
    for (i, &visit) in visits.iter().enumerate() {
        let end = visits.get(i + 1).copied().unwrap_or(session.len());
        let on_page = &session[visit + 1..end];
        let left = on_page.iter().find(|event| leaves_page(event));
        let actions = on_page
            .iter()
            .filter(|event| !leaves_page(event) && event.event_type != "session_ended")
            .count() as u32;
        assert!((behavior.clicks_per_page_min..=behavior.clicks_per_page_max).contains(&actions));
        for event in on_page.iter().filter(|event| event.event_type != "session_ended") {
            assert_eq!(event.page_path, session[visit].page_path);
        }
        if let (Some(left), true) = (left, scenario.advanced.human_like_delays) {
            let dwell = seconds_between(session[visit], left);
            assert!(
                within(dwell, behavior.time_per_page_min, behavior.time_per_page_max),
                "{dwell}"
            );
        }
        if let Some(left) = left.filter(|event| event.event_type == "link_click") {
            let next = visits.get(i + 1).map(|&next| session[next]).expect("a link leads on");
            assert_eq!(left.props["href"].as_str(), next.page_path.as_deref());
        }
    }
    let last = session[session.len() - 1];
    if last.event_type == "session_ended" && scenario.advanced.human_like_delays {
        let duration = seconds_between(session[0], last);
        let (min, max) = (behavior.session_duration_min, behavior.session_duration_max);
        assert!(within(duration, min, max), "{duration} not in {min}..{max}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_session_keeps_every_bound(scenario in scenarios()) {
        let events = events(&scenario);
        let complete = events.len() < ENOUGH;
        let sessions = by_session(&events);
        for session in sessions.values() {
            // Where the timeline was cut, only sessions that were seen to end are whole.
            if complete || session[session.len() - 1].event_type == "session_ended" {
                assert_session_keeps_its_bounds(&scenario, session);
            }
        }
    }

    #[test]
    fn the_order_is_total_and_ids_are_unique(scenario in scenarios()) {
        let events = events(&scenario);
        let mut last_of_user = HashMap::new();
        let mut ids = HashSet::new();
        for pair in events.windows(2) {
            let key = |event: &Event| (event.event_time, event.user_id.clone());
            prop_assert!(key(&pair[0]) < key(&pair[1]));
        }
        for event in &events {
            let last = last_of_user.insert(&event.user_id, event.event_time);
            prop_assert!(last.is_none_or(|last| last < event.event_time));
            prop_assert!(ids.insert(&event.event_id));
            prop_assert_eq!(&event.event_id[14..15], "7");
            prop_assert!("89ab".contains(&event.event_id[19..20]));
            let millis = format!("{:012x}", event.event_time.as_millis());
            prop_assert_eq!(event.event_id[..13].replace('-', ""), millis);
        }
    }

    #[test]
    fn sessions_of_a_user_follow_each_other_after_the_gap(scenario in scenarios()) {
        let events = events(&scenario);
        let behavior = &scenario.user_behavior;
        let mut last_of_user: HashMap<&str, &Event> = HashMap::new();
        for event in &events {
            let last = last_of_user.insert(&event.user_id, event);
            let Some(last) = last else { continue };
            prop_assert!(last.event_time < event.event_time);
            if event.event_type != "session_created" {
                prop_assert_eq!(&event.session_id, &last.session_id);
            } else if last.event_type == "session_ended" && scenario.advanced.human_like_delays {
                let gap = seconds_between(last, event);
                prop_assert!(gap >= behavior.time_between_sessions_min - 0.001, "{}", gap);
                prop_assert!(gap <= behavior.time_between_sessions_max.max(0.001) + 0.001, "{}", gap);
            }
        }
    }

    #[test]
    fn more_users_leave_the_first_ones_as_they_were(scenario in scenarios()) {
        let few = events(&scenario);
        let mut larger = scenario.clone();
        larger.simulation.num_users *= 2;
        let users: HashSet<&String> = few.iter().map(|event| &event.user_id).collect();
        let among_many: Vec<Event> = larger
            .compile()
            .unwrap()
            .simulate(scenario.seed)
            .filter(|event| users.contains(&event.user_id))
            .take(few.len())
            .collect();
        prop_assert_eq!(few, among_many);
    }

    #[test]
    fn a_longer_run_has_the_shorter_ones_sessions(scenario in scenarios()) {
        let short: Vec<Event> = scenario.compile().unwrap().simulate(scenario.seed).collect();
        let mut longer = scenario.clone();
        longer.simulation.duration_seconds = scenario.simulation.duration_seconds * 1.5;
        let sessions: HashSet<&String> = short.iter().map(|event| &event.session_id).collect();
        let again: Vec<Event> = longer
            .compile()
            .unwrap()
            .simulate(scenario.seed)
            .filter(|event| sessions.contains(&event.session_id))
            .collect();
        prop_assert_eq!(short, again);
    }

    #[test]
    fn shards_merge_to_the_whole(scenario in scenarios(), count in 2..5_u32) {
        let model = scenario.compile().unwrap();
        let whole: Vec<Event> = model.simulate(scenario.seed).collect();
        let mut merged: Vec<Event> = (0..count)
            .filter_map(|index| Shard::new(index, count))
            .flat_map(|shard| model.simulate_shard(scenario.seed, shard))
            .collect();
        merged.sort_by(|a, b| (a.event_time, &a.user_id).cmp(&(b.event_time, &b.user_id)));
        prop_assert_eq!(whole, merged);
    }
}

#[test]
fn a_fixed_pace_gives_the_guides_throughput() {
    for (users, per_second, total) in [
        (10, 15.0..=20.0, 5_000.0),
        (50, 75.0..=100.0, 25_000.0),
        (100, 150.0..=200.0, 50_000.0),
        (500, 750.0..=1_000.0, 250_000.0),
    ] {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = users;
        scenario.advanced.human_like_delays = false;
        let events: Vec<Event> = scenario.compile().unwrap().simulate(0).collect();
        // After the ramp-up and before the first users stop.
        let (from, until) = (10_000, 290_000);
        let start = scenario.start_time;
        let steady = events
            .iter()
            .map(|event| event.event_time.millis_since(start))
            .filter(|millis| (from..until).contains(millis))
            .count();
        let rate = steady as f64 / ((until - from) as f64 / 1_000.0);
        assert!(per_second.contains(&rate), "{users} users: {rate} events/s");
        let found = events.len() as f64;
        assert!((found / total - 1.0).abs() < 0.05, "{users} users: {found} events");
    }
}

#[test]
fn a_run_without_end_goes_on_in_constant_memory() {
    let mut scenario = Scenario::default();
    scenario.simulation.duration_seconds = 0.0;
    let model = scenario.compile().unwrap();
    let last = model.simulate(0).nth(200_000).unwrap();
    assert!(last.event_time.millis_since(scenario.start_time) > 86_400_000);
}
