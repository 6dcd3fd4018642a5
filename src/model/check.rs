//! The checks of a scenario by itself.

use crate::population::MAX_USERS;
use crate::scenario::{Problem, Scenario, UserBehavior};

const MAX_SECONDS: f64 = 1e9;
const SUM_TOLERANCE: f64 = 1e-6;

/// Refuses what no model can be made of.
pub(super) fn scenario(scenario: &Scenario, problems: &mut Vec<Problem>) {
    let simulation = &scenario.simulation;
    if !(1..=MAX_USERS).contains(&simulation.num_users) {
        let reason = format!("{} is not 1 to {MAX_USERS}", simulation.num_users);
        problems.push(Problem::error("simulation.num_users", reason));
    }
    for (key, seconds) in [
        ("simulation.duration_seconds", simulation.duration_seconds),
        ("simulation.ramp_up_seconds", simulation.ramp_up_seconds),
        ("simulation.base_interval", simulation.base_interval),
    ] {
        check_seconds(key, seconds, problems);
    }
    if !(0.0..=1.0).contains(&simulation.interval_variance) {
        let reason = format!("{} is not 0 to 1", simulation.interval_variance);
        problems.push(Problem::error("simulation.interval_variance", reason));
    }
    if scenario.pages.is_empty() {
        problems.push(Problem::error("pages", "it is empty; name at least one page"));
    }
    ranges(&scenario.user_behavior, problems);
    journeys(scenario, problems);
}

fn ranges(behavior: &UserBehavior, problems: &mut Vec<Problem>) {
    for (name, min, max) in [
        ("session_duration", behavior.session_duration_min, behavior.session_duration_max),
        ("time_per_page", behavior.time_per_page_min, behavior.time_per_page_max),
        (
            "time_between_sessions",
            behavior.time_between_sessions_min,
            behavior.time_between_sessions_max,
        ),
    ] {
        check_seconds(&format!("user_behavior.{name}_min"), min, problems);
        check_seconds(&format!("user_behavior.{name}_max"), max, problems);
        check_order(name, &min, &max, problems);
    }
    let (fewest, most) = (behavior.pages_per_session_min, behavior.pages_per_session_max);
    check_order("pages_per_session", &fewest, &most, problems);
    if fewest == 0 {
        problems.push(Problem::error(
            "user_behavior.pages_per_session_min",
            "0 is not a session; 1 is the least",
        ));
    }
    check_order(
        "clicks_per_page",
        &behavior.clicks_per_page_min,
        &behavior.clicks_per_page_max,
        problems,
    );
}

fn check_seconds(key: &str, seconds: f64, problems: &mut Vec<Problem>) {
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        problems.push(Problem::error(key, format!("{seconds} is not 0 to {MAX_SECONDS} seconds")));
    }
}

fn check_order<T: PartialOrd + std::fmt::Display>(
    name: &str,
    min: &T,
    max: &T,
    problems: &mut Vec<Problem>,
) {
    if min > max {
        let reason = format!("{min} is above {name}_max, {max}");
        problems.push(Problem::error(format!("user_behavior.{name}_min"), reason));
    }
}

fn journeys(scenario: &Scenario, problems: &mut Vec<Problem>) {
    let journeys = &scenario.user_journeys;
    if journeys.is_empty() {
        let reason = "it is empty; for random browsing alone name one journey without a path, or leave the key out";
        problems.push(Problem::error("user_journeys", reason));
        return;
    }
    for (i, journey) in journeys.iter().enumerate() {
        if !(0.0..=1.0).contains(&journey.probability) {
            let key = format!("user_journeys[{i}].probability");
            problems.push(Problem::error(
                key,
                format!("{} is not a probability, 0 to 1", journey.probability),
            ));
        }
    }
    let sum: f64 = journeys.iter().map(|journey| journey.probability).sum();
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        let reason = format!("the probabilities sum to {sum:.6}; they must sum to 1");
        problems.push(Problem::error("user_journeys", reason));
    }
}
