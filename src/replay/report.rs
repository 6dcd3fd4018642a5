//! The statistics as people read them.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::books::{Durations, Metrics};
use super::quantity::show_duration as show;
use crate::statistics::grouped;

const RULE: &str = "======================================================================";

/// The statistics block: the guide's fields, then what concerns delivery.
pub fn statistics(metrics: &Metrics, elapsed: Duration) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_statistics(&mut text, metrics, elapsed);
    text
}

fn write_statistics(text: &mut String, metrics: &Metrics, elapsed: Duration) -> fmt::Result {
    let seconds = elapsed.as_secs_f64();
    let rate = if seconds > 0.0 { metrics.delivered as f64 / seconds } else { 0.0 };
    writeln!(text, " Simulation Statistics\n{RULE}")?;
    writeln!(text, " Elapsed Time:        {seconds:.1}s")?;
    writeln!(text, " Total Events:        {}", grouped(metrics.delivered))?;
    writeln!(text, " Events/sec:          {rate:.2}")?;
    writeln!(text, " Active Sessions:     {}", grouped(metrics.active_sessions()))?;
    writeln!(text, " Completed Sessions:  {}", grouped(metrics.completed_sessions()))?;
    writeln!(text, " Errors:              {}", grouped(metrics.dead))?;
    if !metrics.types.is_empty() {
        writeln!(text, "\nEvent Breakdown:")?;
    }
    let by_type = metrics.by_type();
    let width = by_type.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(18);
    for (name, count) in by_type {
        let share = 100.0 * count as f64 / metrics.delivered.max(1) as f64;
        writeln!(text, "  - {name:<width$} : {} ({share:4.1}%)", grouped(count))?;
    }
    write_delivery(text, metrics)?;
    writeln!(text, "{RULE}")
}

fn write_delivery(text: &mut String, metrics: &Metrics) -> fmt::Result {
    writeln!(text, "\nDelivery:")?;
    let requests = grouped(metrics.requests);
    writeln!(text, "  Requests:           {requests} ({} retries)", grouped(metrics.retries))?;
    if metrics.passed_over > 0 {
        writeln!(text, "  Settled before:     {}", grouped(metrics.passed_over))?;
    }
    if metrics.dead > 0 {
        let bad = grouped(metrics.bad_lines);
        writeln!(text, "  Dead letters:       {} ({bad} bad lines)", grouped(metrics.dead))?;
    }
    for (kind, count) in &metrics.failures {
        writeln!(text, "  Failed tries:       {} {kind}", grouped(*count))?;
    }
    if metrics.outages > 0 {
        writeln!(text, "  Outages:            {}", grouped(metrics.outages))?;
    }
    if metrics.queued > 0 {
        let (queued, lag) = (grouped(metrics.queued as u64), show(metrics.lag_now));
        writeln!(text, "  Behind schedule:    {queued} events or more, {lag}")?;
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
