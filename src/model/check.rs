//! The checks of a scenario by itself.

use crate::scenario::{Scenario, UserBehavior};

use crate::population::MAX_USERS;

use super::error::Refusals;

const MAX_SECONDS: f64 = 1e9;
const SUM_TOLERANCE: f64 = 1e-6;

/// Refuses what no model can be made of.
pub(super) fn scenario(scenario: &Scenario, refusals: &mut Refusals) {
    let simulation = &scenario.simulation;
    if !(1..=MAX_USERS).contains(&simulation.num_users) {
        let reason = format!("{} is not 1 to {MAX_USERS}", simulation.num_users);
        refusals.add("simulation.num_users", reason);
    }
    for (key, seconds) in [
        ("simulation.duration_seconds", simulation.duration_seconds),
        ("simulation.ramp_up_seconds", simulation.ramp_up_seconds),
        ("simulation.base_interval", simulation.base_interval),
    ] {
        check_seconds(key, seconds, refusals);
    }
    if !(0.0..=1.0).contains(&simulation.interval_variance) {
        let reason = format!("{} is not 0 to 1", simulation.interval_variance);
        refusals.add("simulation.interval_variance", reason);
    }
    if scenario.pages.is_empty() {
        refusals.add("pages", "it is empty; name at least one page");
    }
    ranges(&scenario.user_behavior, refusals);
    journeys(scenario, refusals);
}

fn ranges(behavior: &UserBehavior, refusals: &mut Refusals) {
    for (name, min, max) in [
        ("session_duration", behavior.session_duration_min, behavior.session_duration_max),
        ("time_per_page", behavior.time_per_page_min, behavior.time_per_page_max),
        (
            "time_between_sessions",
            behavior.time_between_sessions_min,
            behavior.time_between_sessions_max,
        ),
    ] {
        check_seconds(&format!("user_behavior.{name}_min"), min, refusals);
        check_seconds(&format!("user_behavior.{name}_max"), max, refusals);
        check_order(name, &min, &max, refusals);
    }
    let (fewest, most) = (behavior.pages_per_session_min, behavior.pages_per_session_max);
    check_order("pages_per_session", &fewest, &most, refusals);
    if fewest == 0 {
        refusals.add("user_behavior.pages_per_session_min", "0 is not a session; 1 is the least");
    }
    check_order(
        "clicks_per_page",
        &behavior.clicks_per_page_min,
        &behavior.clicks_per_page_max,
        refusals,
    );
}

fn check_seconds(key: &str, seconds: f64, refusals: &mut Refusals) {
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        refusals.add(key, format!("{seconds} is not 0 to {MAX_SECONDS} seconds"));
    }
}

fn check_order<T: PartialOrd + std::fmt::Display>(
    name: &str,
    min: &T,
    max: &T,
    refusals: &mut Refusals,
) {
    if min > max {
        let reason = format!("{min} is above {name}_max, {max}");
        refusals.add(format!("user_behavior.{name}_min"), reason);
    }
}

fn journeys(scenario: &Scenario, refusals: &mut Refusals) {
    let journeys = &scenario.user_journeys;
    if journeys.is_empty() {
        let reason = "it is empty; for random browsing alone name one journey without a path, or leave the key out";
        refusals.add("user_journeys", reason);
        return;
    }
    for (i, journey) in journeys.iter().enumerate() {
        if !(0.0..=1.0).contains(&journey.probability) {
            let key = format!("user_journeys[{i}].probability");
            refusals.add(key, format!("{} is not a probability, 0 to 1", journey.probability));
        }
    }
    let sum: f64 = journeys.iter().map(|journey| journey.probability).sum();
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        let reason = format!("the probabilities sum to {sum:.6}; they must sum to 1");
        refusals.add("user_journeys", reason);
    }
}
