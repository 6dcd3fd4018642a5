//! The checks that sessions can keep all of their bounds at once.

use crate::scenario::Problem;

use super::calibration::Calibration;
use super::pace::{EDGE_MS, HumanRanges, LOAD_MS, Pace};

/// The most events that one session may have; it is planned in one go.
const MAX_SESSION_EVENTS: u64 = 10_000_000;

/// Refuses counts for which a session has no room.
pub(super) fn check(calibration: &Calibration, pace: &Pace, problems: &mut Vec<Problem>) {
    let most = calibration.most_events();
    if most > MAX_SESSION_EVENTS {
        let reason = format!(
            "with {} actions on a page a session could have {most} events; {MAX_SESSION_EVENTS} are the most",
            calibration.action_count.max(),
        );
        problems.push(Problem::error("user_behavior.pages_per_session_max", reason));
    }
    if let Pace::Human(ranges) = pace {
        whole_milliseconds(ranges, problems);
        durations(calibration, ranges, problems);
    }
}

/// Refuses bounds so close together that no whole millisecond lies between them.
fn whole_milliseconds(ranges: &HumanRanges, problems: &mut Vec<Problem>) {
    for (key, (from_ms, to_ms)) in [
        ("session_duration_min", ranges.session_ms),
        ("time_per_page_min", ranges.page_ms),
        ("time_between_sessions_min", ranges.between_sessions_ms),
    ] {
        if from_ms > to_ms {
            let reason =
                "no whole millisecond lies between it and its maximum, and time has no finer grain";
            problems.push(Problem::error(format!("user_behavior.{key}"), reason));
        }
    }
}

/// Refuses pages that cannot last as long as a session must.
fn durations(calibration: &Calibration, ranges: &HumanRanges, problems: &mut Vec<Problem>) {
    let most_actions = u64::from(calibration.action_count.max());
    let (page_min, page_max) = ranges.page_ms;
    if page_max <= most_actions {
        let reason = format!(
            "{} is too short for {most_actions} actions a millisecond apart",
            seconds(page_max)
        );
        problems.push(Problem::error("user_behavior.time_per_page_max", reason));
        return;
    }
    let shortest_page = page_min.max(most_actions + 1);
    let (most_pages, fewest_pages) =
        (u64::from(calibration.page_count.max()), u64::from(calibration.page_count.min()));
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
        let help = "raise it, or lower pages_per_session_max or time_per_page_min";
        problems.push(Problem::error("user_behavior.session_duration_max", reason).help(help));
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
        let help = "lower it, or raise pages_per_session_min or time_per_page_max";
        problems.push(Problem::error("user_behavior.session_duration_min", reason).help(help));
    }
}

fn seconds(millis: u64) -> String {
    format!("{} s", millis as f64 / 1_000.0)
}
