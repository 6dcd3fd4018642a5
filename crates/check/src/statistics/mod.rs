//! The statistics of a stream of events: totals, sessions, and the mix.

pub(crate) mod chi_square;
mod mix;
mod mix_outcome;
mod mix_unit;
mod open_sessions;
mod overview;
mod page_steps;
mod quadratic_form;
mod size_counts;

use std::fmt;

use foldhash::HashMap;
use serde::{Serialize, Serializer};

use event_simulator::event_type;
use event_simulator::quantity::{grouped, show_seconds};

use crate::comparison::named;

pub use mix::MixTest;
pub use mix_outcome::MixOutcome;
pub use mix_unit::MixUnit;
pub use overview::Overview;
pub use page_steps::PageSteps;
pub use size_counts::SizeCounts;

pub(crate) use open_sessions::OpenSessions;

/// Running totals over events, in the order of the timeline within each user.
///
/// Memory grows with the number of users, not of events.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    by_type: HashMap<Box<str>, u64>,
    open: OpenSessions<()>,
    completed_sessions: u64,
    events: u64,
    errors: u64,
}

impl Statistics {
    /// Counts one event of a visitor: see [`EventFields::visitor_id`](event_simulator::wire::EventFields::visitor_id).
    pub fn observe(&mut self, event_type: &str, visitor_id: &str, session_id: &str) {
        self.events += 1;
        match self.by_type.get_mut(event_type) {
            Some(count) => *count += 1,
            None => {
                self.by_type.insert(event_type.into(), 1);
            }
        }
        if event_type == event_type::SESSION_ENDED {
            self.open.end(visitor_id);
            self.completed_sessions += 1;
        } else if self.open.observe(visitor_id, session_id, |()| {}).is_some() {
            self.completed_sessions += 1;
        }
    }

    /// Counts something that went wrong with an event.
    pub fn observe_error(&mut self) {
        self.errors += 1;
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Sessions that have begun and not ended.
    pub fn active_sessions(&self) -> u64 {
        self.open.len() as u64
    }

    /// Sessions that have ended.
    pub fn completed_sessions(&self) -> u64 {
        self.completed_sessions
    }

    /// The number of things that went wrong.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// Events by type, the most frequent first.
    pub fn by_type(&self) -> Vec<(&str, u64)> {
        let mut by_type: Vec<(&str, u64)> =
            self.by_type.iter().map(|(name, &count)| (&**name, count)).collect();
        by_type.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        by_type
    }

    /// The statistics as a block of text, for `elapsed_seconds` of whichever clock they are about.
    pub fn block(&self, elapsed_seconds: f64) -> StatisticsBlock<'_> {
        StatisticsBlock {
            elapsed_seconds,
            events: self.events,
            active_sessions: self.active_sessions(),
            completed_sessions: self.completed_sessions,
            errors: self.errors,
            by_type: self.by_type(),
            details: String::new(),
        }
    }
}

/// Statistics in the form of the user's guide.
#[derive(Clone, Debug, Serialize)]
pub struct StatisticsBlock<'a> {
    /// Seconds of the clock that the statistics are about.
    pub elapsed_seconds: f64,
    /// Events in all.
    pub events: u64,
    /// Sessions that have begun and not ended.
    pub active_sessions: u64,
    /// Sessions that have ended.
    pub completed_sessions: u64,
    /// The number of things that went wrong.
    pub errors: u64,
    /// Events by type, in the order in which they are shown.
    #[serde(rename = "types", serialize_with = "as_map")]
    pub by_type: Vec<(&'a str, u64)>,
    /// Whole lines to show before the closing rule.
    #[serde(skip)]
    pub details: String,
}

fn as_map<S: Serializer>(by_type: &[(&str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(by_type.iter().copied())
}

const RULE_WIDTH: usize = 70;

impl fmt::Display for StatisticsBlock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = self.elapsed_seconds;
        let rate = if elapsed > 0.0 { self.events as f64 / elapsed } else { 0.0 };
        writeln!(f, " Simulation Statistics\n{:=<RULE_WIDTH$}", "")?;
        writeln!(f, " Elapsed Time:        {}", show_elapsed(elapsed))?;
        writeln!(f, " Total Events:        {}", grouped(self.events))?;
        writeln!(f, " Events/sec:          {}", show_guide_rate(rate))?;
        writeln!(f, " Active Sessions:     {}", grouped(self.active_sessions))?;
        writeln!(f, " Completed Sessions:  {}", grouped(self.completed_sessions))?;
        writeln!(f, " Errors:              {}", grouped(self.errors))?;
        if !self.by_type.is_empty() {
            writeln!(f, "\nEvent Breakdown:")?;
        }
        let rows: Vec<(String, u64)> =
            self.by_type.iter().map(|(name, count)| (named(name), *count)).collect();
        let lengths = rows.iter().map(|(name, _)| name.chars().count());
        let width = lengths.max().unwrap_or(0).max(18);
        for (name, count) in &rows {
            let percent = 100.0 * *count as f64 / self.events.max(1) as f64;
            writeln!(f, "  - {name:width$} : {} ({percent:4.1}%)", grouped(*count))?;
        }
        writeln!(f, "{}{:=<RULE_WIDTH$}", self.details, "")
    }
}

/// As the guide has it, `150s` or `15.5s`; what is shorter than a tenth in its own unit.
fn show_elapsed(seconds: f64) -> String {
    match (seconds * 10.0).round() / 10.0 {
        0.0 if seconds > 0.0 => show_seconds(seconds),
        tenths => format!("{tenths}s"),
    }
}

/// As the guide has it, `15.65`; of many a second the whole number.
fn show_guide_rate(rate: f64) -> String {
    if rate < 999.995 { format!("{rate:.2}") } else { grouped(rate.round() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_by_their_end_or_by_the_next_one() {
        let mut statistics = Statistics::default();
        for (event_type, user, session) in [
            ("session_created", "a", "1"),
            ("page_visited", "a", "1"),
            ("session_created", "b", "2"),
            ("session_ended", "a", "1"),
            ("session_created", "b", "3"),
        ] {
            statistics.observe(event_type, user, session);
        }
        assert_eq!((statistics.completed_sessions(), statistics.active_sessions()), (2, 1));
        insta::assert_snapshot!(statistics.block(150.0), @"
         Simulation Statistics
        ======================================================================
         Elapsed Time:        150s
         Total Events:        5
         Events/sec:          0.03
         Active Sessions:     1
         Completed Sessions:  2
         Errors:              0

        Event Breakdown:
          - session_created    : 3 (60.0%)
          - page_visited       : 1 (20.0%)
          - session_ended      : 1 (20.0%)
        ======================================================================
        ");
    }

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 999, 2_347, 1_000_000].map(grouped);
        assert_eq!(texts, ["0", "999", "2,347", "1,000,000"]);
    }
}
