//! What happened, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use event_simulator::quantity::grouped;

/// What a sink saw and did since its start; also what `GET /stats` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Seconds since the start.
    pub uptime_seconds: f64,
    /// Connections taken.
    pub connections: u64,
    /// Requests to `POST /api/events`, whatever became of them.
    pub requests: u64,
    /// Bytes of their bodies, as sent.
    pub bytes: u64,
    /// Events accepted, which are the lines of the output.
    pub events_accepted: u64,
    /// Requests refused because of their content (422).
    pub refused: u64,
    /// Events that had come before; accepted nevertheless unless the sink deduplicates.
    pub duplicates: u64,
    /// Events older than one that their user had already sent; duplicates aside.
    pub order_violations: u64,
    /// Answers by status, those of other paths included.
    pub answers: BTreeMap<u16, u64>,
    /// Connections reset on purpose.
    pub resets: Resets,
    /// Requests left without an answer on purpose.
    pub hangs: u64,
    /// The last thing that went wrong in the sink itself, such as a full disk.
    pub last_error: Option<String>,
}

/// Connections reset on purpose, by when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resets {
    /// Before the event was accepted.
    pub before: u64,
    /// After it was accepted, so that the client does not know.
    pub after: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<17} {value:>14}");
        row("Uptime", format!("{:.1} s", self.uptime_seconds))?;
        row("Connections", grouped(self.connections))?;
        row("Requests", grouped(self.requests))?;
        row("Body bytes", grouped(self.bytes))?;
        row("Events accepted", grouped(self.events_accepted))?;
        row("Requests refused", grouped(self.refused))?;
        row("Duplicates", grouped(self.duplicates))?;
        row("Order violations", grouped(self.order_violations))?;
        for (status, count) in &self.answers {
            row(&format!("Answered {status}"), grouped(*count))?;
        }
        let faults = [
            ("Reset before", self.resets.before),
            ("Reset after", self.resets.after),
            ("Left hanging", self.hangs),
        ];
        for (name, count) in faults.into_iter().filter(|&(_, count)| count > 0) {
            row(name, grouped(count))?;
        }
        self.last_error.iter().try_for_each(|error| writeln!(f, "  Last error: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_shows_what_there_is() {
        let stats = Stats {
            requests: 1_234_567,
            answers: BTreeMap::from([(200, 1_000), (503, 12)]),
            hangs: 3,
            ..Stats::default()
        };
        let text = stats.to_string();
        for row in
            ["Requests               1,234,567", "Answered 503                  12", "Left hanging"]
        {
            assert!(text.contains(row), "{row} in\n{text}");
        }
        assert!(!text.contains("Reset"));
    }
}
