//! Scenarios written and read again.

use std::collections::BTreeMap;

use event_simulator::scenario::{
    EventProbabilities, Journey, Loaded, Scenario, SimulationSection, UserBehavior, shipped,
    starter,
};
use event_simulator::{MAX_USERS, VirtualTime};
use proptest::prelude::*;

/// The owner's own configuration file, as it stands: its journeys have no names.
#[test]
fn the_owners_configuration_runs_unchanged() {
    let loaded =
        Loaded::from_yaml(include_str!("owner/event_simulator_config.yaml"), "owner").unwrap();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let names = loaded.scenario.user_journeys.iter().map(|journey| journey.name.as_str());
    let names: Vec<&str> = names.collect();
    assert_eq!(
        names,
        [
            "home_products_product_123",
            "home_blog_blog_post_1",
            "home_pricing_signup",
            "home_about_contact",
            "random"
        ]
    );
    let model = loaded.scenario.compile().unwrap();
    assert!(model.simulate(7).count() > 200);
}

/// A name that may look like anything else in YAML.
fn name() -> impl Strategy<Value = String> {
    let misleading = prop::sample::select(vec![
        "null",
        "~",
        "true",
        "yes",
        "1",
        "0x1f",
        "1e3",
        ".nan",
        "- a",
        "a: b",
        "#",
        "a #b",
        "'",
        "\"",
        "{}",
        "[",
        "|",
        ">",
        "!x",
        "&a",
        "*a",
        "%",
        "@",
        "`",
        "?",
        "---",
        "<<",
        " a",
        "a ",
        "\ta",
        "a\nb",
        "\u{feff}",
        "\u{85}a",
        "\u{2028}a",
        "a\0b",
        "\u{1b}[31m",
        "\\",
        "\\n",
        "日本",
        "a.b[0]",
    ]);
    prop_oneof![misleading.prop_map(str::to_owned), any::<String>(), "[a-z_/]{1,20}",]
        .prop_filter("a name is neither blank nor endless", |name| {
            !name.trim().is_empty() && name.chars().count() <= 200
        })
}

fn ordered(max: f64) -> impl Strategy<Value = (f64, f64)> {
    (0.0..max, 0.0..max).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

/// Shares that sum to 1.
fn shares(weights: &[u32]) -> Vec<f64> {
    let sum: u32 = weights.iter().sum();
    weights.iter().map(|weight| f64::from(*weight) / f64::from(sum)).collect()
}

fn behavior() -> impl Strategy<Value = UserBehavior> {
    let count = (0..5_000_u32, 1..5_000_u32);
    (ordered(1e9), ordered(1e-3), ordered(100.0), count).prop_map(
        |(session, page, between, (least, more))| UserBehavior {
            session_duration_min: session.0,
            session_duration_max: session.1,
            time_per_page_min: page.0,
            time_per_page_max: page.1,
            time_between_sessions_min: between.0,
            time_between_sessions_max: between.1,
            clicks_per_page_min: least,
            clicks_per_page_max: least + more,
            ..UserBehavior::default()
        },
    )
}

fn event_probabilities() -> impl Strategy<Value = EventProbabilities> {
    let is_key = |name: &String| {
        !["session_created", "session_ended", "page_visited", "page_closed"]
            .contains(&name.as_str())
    };
    prop::collection::btree_map(name().prop_filter("a type", is_key), 1..1000_u32, 1..9).prop_map(
        |mut weights| {
            weights.insert("session_start".to_owned(), 1);
            let shares = shares(&weights.values().copied().collect::<Vec<_>>());
            let shares: BTreeMap<String, f64> = weights.into_keys().zip(shares).collect();
            EventProbabilities::Shares(shares)
        },
    )
}

fn journeys() -> impl Strategy<Value = Vec<Journey>> {
    let names = || prop::collection::vec(name(), 0..4);
    let journeys = prop::collection::btree_map(name(), (1..100_u32, names(), names()), 1..5);
    journeys.prop_map(|journeys| {
        let weights: Vec<u32> = journeys.values().map(|(weight, ..)| *weight).collect();
        journeys
            .into_iter()
            .zip(shares(&weights))
            .map(|((name, (_, path, likely_clicks)), probability)| Journey {
                name,
                probability,
                path,
                likely_clicks,
                ..Journey::default()
            })
            .collect()
    })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    (
        any::<u64>(),
        0..=VirtualTime::MAX.as_millis(),
        (1..=MAX_USERS, 0.0..1e9),
        behavior(),
        event_probabilities(),
        prop::collection::btree_set(name(), 1..5),
        journeys(),
        name().prop_filter("not blank", |name| !name.trim().is_empty()),
    )
        .prop_map(|(seed, start, simulation, user_behavior, shares, pages, journeys, file)| {
            let (num_users, duration_seconds) = simulation;
            let pages: Vec<String> = pages.into_iter().collect();
            let mut scenario = Scenario {
                seed,
                start_time: VirtualTime::from_millis(start).unwrap(),
                simulation: SimulationSection {
                    num_users,
                    duration_seconds,
                    ..SimulationSection::default()
                },
                user_behavior,
                event_probabilities: shares,
                buttons: pages.clone(),
                pages,
                user_journeys: journeys,
                ..Scenario::default()
            };
            scenario.advanced.output_file = file;
            scenario.advanced.verbose = seed % 2 == 0;
            scenario
        })
}

proptest! {
    #[test]
    fn a_scenario_that_is_written_reads_back_as_it_was(scenario in scenario()) {
        let yaml = scenario.to_yaml();
        match Scenario::from_yaml(&yaml) {
            Ok(read) => prop_assert_eq!(read, scenario),
            Err(problems) => prop_assert!(false, "{problems}\n{yaml}"),
        }
    }
}

#[test]
fn the_starter_is_the_default_scenario() {
    assert_eq!(Scenario::from_yaml(&starter()).as_ref(), Ok(&Scenario::default()));
    for nothing in ["", "# nothing\n", "---\n", "~", "{}", "simulation:\npages: [/]\n"] {
        let read = Scenario::from_yaml(nothing).unwrap();
        assert_eq!(read.simulation, SimulationSection::default(), "{nothing}");
    }
}

#[test]
fn what_the_guide_shows_runs() {
    let yaml = r#"
simulation:
  num_users: 10              # Number of concurrent users
  duration_seconds: 300      # 5 minutes (0 = indefinite)
  api_url: "http://localhost:8000/api/events"
user_behavior:
  session_duration_min: 60      # 1 minute
  session_duration_max: 600     # 10 minutes

  pages_per_session_min: 3
  pages_per_session_max: 15

  time_per_page_min: 10         # seconds
  time_per_page_max: 120        # seconds

  clicks_per_page_min: 0
  clicks_per_page_max: 8
event_probabilities:
  session_start: 0.05
  session_end: 0.05
  page_visit: 0.20
  page_close: 0.15
  button_click: 0.30
  form_submit: 0.10      # Custom event
  video_play: 0.08       # Custom event
  search_query: 0.07     # Custom event
advanced:
  save_to_file: true
  output_file: "simulated_events.jsonl"
  verbose: true  # Prints detailed event logs
  retry_on_failure: true
  max_retries: 3
  stats_interval: 30  # Print stats every 30 seconds
  human_like_delays: false
"#;
    let loaded = Loaded::from_yaml(yaml, "guide").unwrap();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.scenario.compile().unwrap();
}

#[test]
fn every_shipped_scenario_can_be_simulated() {
    for shipped in shipped::ALL {
        let scenario = shipped.load().unwrap().scenario;
        assert!(scenario.compile().is_ok(), "{}", shipped.name);
    }
}
