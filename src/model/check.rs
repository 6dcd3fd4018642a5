//! What cannot be is refused here, with the numbers.

use crate::scenario::{Scenario, UserBehavior};

use super::MAX_USERS;
use super::calibration::Calibration;
use super::error::Refusals;
use super::session::{EDGE_MS, HumanRanges, LOAD_MS, Pace};

/// Most events that one session may have; it is planned in one go.
const MAX_SESSION_EVENTS: u64 = 10_000_000;

const MAX_SECONDS: f64 = 1e9;
const SUM_TOLERANCE: f64 = 1e-6;

/// What can be said of the scenario by itself.
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

/// What can be said once the counts are known.
pub(super) fn calibration(
    scenario: &Scenario,
    calibration: &Calibration,
    pace: &Pace,
    refusals: &mut Refusals,
) {
    if scenario.buttons.is_empty() && calibration.action_weights[0] > 0.0 {
        refusals.add("buttons", "it is empty, but button_click has a share; name a button");
    }
    let most = most_events(calibration);
    if most > MAX_SESSION_EVENTS {
        let reason = format!(
            "with {} actions on a page a session could have {most} events; {MAX_SESSION_EVENTS} are the most",
            calibration.actions.max(),
        );
        refusals.add("user_behavior.pages_per_session_max", reason);
    }
    if let Pace::Human(ranges) = pace {
        durations(calibration, ranges, refusals);
    }
}

/// The most events that one session can have: its start and end, and for each page its visit, its
/// actions and how it is left.
pub(super) fn most_events(calibration: &Calibration) -> u64 {
    let per_page = u64::from(calibration.actions.max()) + 2;
    u64::from(calibration.pages.max()) * per_page + 2
}

/// Refuses pages that cannot last as long as a session must.
fn durations(calibration: &Calibration, ranges: &HumanRanges, refusals: &mut Refusals) {
    let most_actions = u64::from(calibration.actions.max());
    let (page_min, page_max) = ranges.page_ms;
    if page_max <= most_actions {
        let reason = format!(
            "{} is too short for {most_actions} actions a millisecond apart",
            seconds(page_max)
        );
        refusals.add("user_behavior.time_per_page_max", reason);
        return;
    }
    let shortest_page = page_min.max(most_actions + 1);
    let (most_pages, fewest_pages) =
        (u64::from(calibration.pages.max()), u64::from(calibration.pages.min()));
    let whole = |pages: u64, page_ms: u64, load_ms: u64| {
        2 * EDGE_MS + pages * page_ms + pages.saturating_sub(1) * load_ms
    };
    let shortest = whole(most_pages, shortest_page, LOAD_MS.1);
    if shortest > ranges.session_ms.1 {
        let reason = format!(
            "a session of {most_pages} pages of at least {} each lasts up to {} at its shortest, loading included; \
             that is above session_duration_max, {}",
            seconds(shortest_page),
            seconds(shortest),
            seconds(ranges.session_ms.1),
        );
        refusals.add("user_behavior.session_duration_max", reason);
    }
    let longest = whole(fewest_pages, page_max, LOAD_MS.0);
    if longest < ranges.session_ms.0 {
        let reason = format!(
            "a session of {fewest_pages} pages of at most {} each may last no more than {}; \
             that is below session_duration_min, {}",
            seconds(page_max),
            seconds(longest),
            seconds(ranges.session_ms.0),
        );
        refusals.add("user_behavior.session_duration_min", reason);
    }
}

fn seconds(millis: u64) -> String {
    format!("{} s", millis as f64 / 1_000.0)
}
