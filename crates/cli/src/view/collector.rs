//! A collector's counters, live and at its end.

use std::fmt::Write as _;
use std::time::Duration;

use event_simulator::printable::printable;
use event_simulator::quantity::{grouped, show_bytes, show_rate, show_seconds};
use event_simulator_collector::{Collector, CollectorStats};

use super::live_lines::LiveLines;

/// Shows the counters on a terminal, and elsewhere too what goes wrong, as soon as it does.
pub(crate) async fn watch(collector: &Collector) {
    let mut line = LiveLines::new();
    let mut reported = None;
    let mut before = collector.stats();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = collector.stats();
        if now.last_error != reported {
            let text = now.last_error.as_deref().unwrap_or_default();
            line.clear();
            tell!("error: {}", printable(text));
            reported.clone_from(&now.last_error);
        }
        line.show(&counters(&before, &now));
        before = now;
    }
}

fn counters(before: &CollectorStats, now: &CollectorStats) -> String {
    let seconds = (now.uptime_seconds - before.uptime_seconds).max(1e-3);
    let rate = (now.events_accepted - before.events_accepted) as f64 / seconds;
    let answers =
        now.answers.iter().map(|(status, count)| format!("{status}: {}", grouped(*count)));
    format!(
        "{} events ({}), {} duplicates, {} out of order; answers {}",
        grouped(now.events_accepted),
        show_rate(rate),
        grouped(now.duplicates),
        grouped(now.order_violations),
        answers.collect::<Vec<_>>().join(", ")
    )
}

/// The counters as a table.
pub(crate) fn summary(stats: &CollectorStats) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<17} {value:>14}");
    };
    row("Uptime", &show_seconds(stats.uptime_seconds));
    row("Body bytes", &show_bytes(stats.bytes));
    let mut count = |name: &str, count| row(name, &grouped(count));
    count("Connections", stats.connections);
    count("Requests", stats.requests);
    count("Events accepted", stats.events_accepted);
    count("Requests refused", stats.refused);
    count("Duplicates", stats.duplicates);
    count("Order violations", stats.order_violations);
    for (status, answers) in &stats.answers {
        count(&format!("Answered {status}"), *answers);
    }
    let faults = [
        ("Reset before", stats.resets.before),
        ("Reset after", stats.resets.after),
        ("Left hanging", stats.hangs),
    ];
    for (name, requests) in faults.into_iter().filter(|&(_, requests)| requests > 0) {
        count(name, requests);
    }
    if let Some(error) = &stats.last_error {
        let _ = writeln!(text, "  Last error: {}", printable(error));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[allow(clippy::field_reassign_with_default)] // no literal can be had of a non-exhaustive type
    #[test]
    fn the_summary_shows_what_there_is() {
        let mut stats = CollectorStats::default();
        stats.requests = 1_234_567;
        stats.answers = BTreeMap::from([(200, 1_000), (503, 12)]);
        stats.hangs = 3;
        let text = summary(&stats);
        for row in
            ["Requests               1,234,567", "Answered 503                  12", "Left hanging"]
        {
            assert!(text.contains(row), "{row} in\n{text}");
        }
        assert!(!text.contains("Reset"));
    }
}
