//! The values that hold where a scenario is silent.

use std::collections::BTreeMap;

use super::{Advanced, EventProbabilities, Journey, Scenario, Simulation, UserBehavior};
use crate::time::VirtualTime;

/// 2026-01-01T00:00:00Z: a fixed instant, so that a scenario means the same for ever.
const START_TIME_MILLIS: u64 = 1_767_225_600_000;

const PAGES: [&str; 12] = [
    "/",
    "/products",
    "/products/detail",
    "/cart",
    "/checkout",
    "/blog",
    "/blog/post",
    "/pricing",
    "/signup",
    "/about",
    "/contact",
    "/search",
];

const BUTTONS: [&str; 10] = [
    "add_to_cart",
    "checkout_btn",
    "subscribe_btn",
    "share_btn",
    "get_started_btn",
    "signup_btn",
    "contact_us_btn",
    "search_btn",
    "menu_btn",
    "learn_more_btn",
];

const SHARES: [(&str, f64); 6] = [
    ("session_start", 0.05),
    ("session_end", 0.05),
    ("page_visit", 0.25),
    ("page_close", 0.20),
    ("button_click", 0.40),
    ("link_click", 0.05),
];

type JourneyRow = (&'static str, f64, &'static [&'static str], &'static [&'static str]);

const JOURNEYS: [JourneyRow; 5] = [
    (
        "shopping_flow",
        0.30,
        &["/", "/products", "/products/detail", "/cart"],
        &["add_to_cart", "checkout_btn"],
    ),
    ("content_reading", 0.20, &["/", "/blog", "/blog/post"], &["subscribe_btn", "share_btn"]),
    ("signup_flow", 0.25, &["/", "/pricing", "/signup"], &["get_started_btn", "signup_btn"]),
    ("contact_flow", 0.15, &["/", "/about", "/contact"], &["contact_us_btn"]),
    ("random_browsing", 0.10, &[], &[]),
];

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 0,
            start_time: VirtualTime::from_millis(START_TIME_MILLIS).unwrap_or(VirtualTime::MIN),
            simulation: Simulation::default(),
            user_behavior: UserBehavior::default(),
            event_probabilities: EventProbabilities::default(),
            pages: strings(&PAGES),
            buttons: strings(&BUTTONS),
            user_journeys: JOURNEYS.iter().map(Journey::from_row).collect(),
            advanced: Advanced::default(),
            replay: serde_json::Map::new(),
        }
    }
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            num_users: 10,
            duration_seconds: 300.0,
            ramp_up_seconds: 10.0,
            base_interval: 0.6,
            interval_variance: 0.5,
            api_url: "http://localhost:8000/api/events".to_owned(),
            timeout: 5.0,
        }
    }
}

impl Default for UserBehavior {
    fn default() -> Self {
        Self {
            session_duration_min: 60.0,
            session_duration_max: 600.0,
            pages_per_session_min: 3,
            pages_per_session_max: 15,
            time_per_page_min: 10.0,
            time_per_page_max: 120.0,
            clicks_per_page_min: 0,
            clicks_per_page_max: 8,
            time_between_sessions_min: 10.0,
            time_between_sessions_max: 60.0,
        }
    }
}

impl Default for EventProbabilities {
    fn default() -> Self {
        let shares: BTreeMap<String, f64> =
            SHARES.iter().map(|&(name, share)| (name.to_owned(), share)).collect();
        Self::Shares(shares)
    }
}

impl Default for Advanced {
    fn default() -> Self {
        Self {
            verbose: false,
            stats_interval: 30.0,
            retry_on_failure: true,
            max_retries: 3,
            human_like_delays: true,
            save_to_file: false,
            output_file: "simulated_events.jsonl".to_owned(),
            user_agent: concat!("EventSimulator/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Journey {
    fn from_row(&(name, probability, path, likely_clicks): &JourneyRow) -> Self {
        Self {
            name: name.to_owned(),
            probability,
            path: strings(path),
            likely_clicks: strings(likely_clicks),
        }
    }
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
