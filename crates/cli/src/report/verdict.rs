//! The outcome of a replay in a line.

use event_simulator::printable::printable;
use event_simulator::quantity::{grouped, show_duration, show_rate};
use event_simulator_replay::{Metrics, ReplayStatus, Summary};

/// The outcome, with the conditions of `--fail-if` that hold.
pub(crate) fn verdict(summary: &Summary, holding: &[String]) -> String {
    let Metrics { delivered, dead_letters, given_up_before, .. } = summary.metrics;
    let seconds = summary.elapsed.as_secs_f64();
    let rate = show_rate(delivered as f64 / seconds.max(1e-9));
    let delivered =
        format!("{} events delivered in {}", grouped(delivered), show_duration(summary.elapsed));
    let file = summary.dead_letters_file.as_ref().map(|path| path.display().to_string());
    let place = match (&file, dead_letters) {
        (Some(path), _) => format!(" (dead letters: {})", printable(path)),
        (None, 0) => String::new(),
        (None, _) => " (--dead-letters FILE keeps such events)".to_owned(),
    };
    let lost = match (dead_letters, given_up_before) {
        (0, 0) => String::new(),
        (0, given_up) => format!("; {} were given up by earlier runs", grouped(given_up)),
        (dead, _) => format!("; {} were not{place}", grouped(dead)),
    };
    match &summary.status {
        ReplayStatus::Complete if lost.is_empty() && holding.is_empty() => {
            format!("OK: {delivered} ({rate})")
        }
        ReplayStatus::Complete if lost.is_empty() => {
            format!("Not OK: {delivered}, but {}", holding.join(", "))
        }
        ReplayStatus::Complete => format!("Not OK: {delivered}{lost}"),
        ReplayStatus::Interrupted => format!("Stopped: {delivered}{lost}"),
        ReplayStatus::Failed(_) => format!("Not OK: it could not go on; {delivered}{lost}"),
    }
}
