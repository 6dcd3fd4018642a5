//! The statistics as people read them.

use std::fmt::{self, Write as _};
use std::time::Duration;

use event_simulator::printable::printable;
use event_simulator::quantity::{counted, grouped, show_duration as show};
use event_simulator_check::statistics::StatisticsBlock;
use event_simulator_replay::{Durations, Metrics, SendingState};

use super::histogram::histogram;

/// The statistics at the end: the block with the distribution of latencies.
pub(crate) fn totals(metrics: &Metrics, elapsed: Duration) -> String {
    block(metrics, elapsed, &histogram("Latency of requests", &metrics.latency))
}

/// The statistics block of the guide, with what concerns delivery.
pub(crate) fn statistics(metrics: &Metrics, elapsed: Duration) -> String {
    block(metrics, elapsed, "")
}

fn block(metrics: &Metrics, elapsed: Duration, more: &str) -> String {
    let mut details = String::new();
    // Writing to a String cannot fail.
    let _ = write_delivery(&mut details, metrics);
    details.push_str(more);
    let types: Vec<_> =
        metrics.by_type().into_iter().map(|(name, count)| (printable(name), count)).collect();
    let block = StatisticsBlock {
        elapsed_seconds: elapsed.as_secs_f64(),
        events: metrics.delivered,
        active_sessions: metrics.active_sessions(),
        completed_sessions: metrics.completed_sessions(),
        errors: metrics.dead_letters,
        by_type: types.iter().map(|(name, count)| (&**name, *count)).collect(),
        details,
    };
    block.to_string()
}

fn write_delivery(text: &mut String, metrics: &Metrics) -> fmt::Result {
    writeln!(text, "\nDelivery:")?;
    let requests = grouped(metrics.requests);
    writeln!(text, "  Requests:           {requests} ({} retries)", grouped(metrics.retries))?;
    if metrics.settled_before > 0 {
        writeln!(text, "  Settled before:     {}", grouped(metrics.settled_before))?;
    }
    if metrics.given_up_before > 0 {
        let given_up = grouped(metrics.given_up_before);
        writeln!(text, "  Given up before:    {given_up} (in the dead letters)")?;
    }
    if metrics.dead_letters > 0 {
        let bad = grouped(metrics.bad_lines);
        writeln!(
            text,
            "  Dead letters:       {} ({bad} bad lines)",
            grouped(metrics.dead_letters)
        )?;
    }
    for (kind, count) in &metrics.failures {
        writeln!(text, "  Failed tries:       {} {kind}", grouped(*count))?;
    }
    if metrics.outages > 0 {
        writeln!(text, "  Outages:            {}", grouped(metrics.outages))?;
    }
    if metrics.queued > 0 {
        let (behind, lag) = (counted(metrics.behind(), "event"), show(metrics.lag_now));
        writeln!(text, "  Behind schedule:    about {behind}, {lag}")?;
    }
    if metrics.sending != SendingState::Sending {
        writeln!(text, "  State:              {}", metrics.sending)?;
    }
    write_durations(text, "Lag", &metrics.lag)?;
    write_durations(text, "Latency", &metrics.latency)?;
    write_durations(text, "Latency from due", &metrics.latency_from_due)
}

fn write_durations(text: &mut String, name: &str, durations: &Durations) -> fmt::Result {
    if durations.count() == 0 {
        return Ok(());
    }
    let at = |quantile| show(durations.quantile(quantile));
    writeln!(
        text,
        "  {:<19} p50 {}, p90 {}, p99 {}, max {}",
        format!("{name}:"),
        at(0.50),
        at(0.90),
        at(0.99),
        show(durations.max())
    )
}
