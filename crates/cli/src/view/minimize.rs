//! The view of `minimize` while it searches and when it is done.

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use serde::{Serialize, Serializer};

use event_simulator::quantity::{grouped, show_duration};
use event_simulator_check::minimize::{Level, Size};

use super::progress::spinner;

/// Progress on a terminal; nothing in a pipe.
pub(crate) struct SearchMeter {
    bar: ProgressBar,
    runs: Cell<u64>,
}

impl SearchMeter {
    pub(crate) fn new() -> Self {
        let bar = spinner("{spinner} run {pos}, {elapsed}: {wide_msg}");
        bar.set_message("the whole timeline");
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, runs: Cell::new(0) }
    }

    pub(crate) fn count_run(&self) {
        self.runs.set(self.runs.get() + 1);
        self.bar.inc(1);
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.get()
    }

    pub(crate) fn show_left(&self, level: Level, lines: usize) {
        let what = match level {
            Level::Users => "users",
            Level::Sessions => "sessions",
            Level::Events => "events",
        };
        let lines = grouped(lines as u64);
        self.bar.set_message(format!("leaving out {what}, {lines} lines are left"));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The result, and what it took.
#[derive(Serialize)]
pub(crate) struct SearchSummary<'a> {
    #[serde(rename = "file")]
    pub(crate) output: &'a Path,
    pub(crate) left: Size,
    pub(crate) whole: Size,
    pub(crate) runs: u64,
    #[serde(rename = "elapsed_seconds", serialize_with = "seconds")]
    pub(crate) elapsed: Duration,
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

impl fmt::Display for SearchSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, left, whole, runs, elapsed } = self;
        writeln!(f, "{}: {}", output.display(), size(left))?;
        write!(f, "of {}, in {} runs and {}", size(whole), grouped(*runs), show_duration(*elapsed))
    }
}

fn size(size: &Size) -> String {
    let mut parts = Vec::new();
    if size.events > 0 {
        parts.push(format!(
            "{} in {} of {}",
            count(size.events, "event"),
            count(size.sessions, "session"),
            count(size.users, "user")
        ));
    }
    if size.other_lines > 0 {
        parts.push(count(size.other_lines, "other line"));
    }
    parts.join(", and ")
}

fn count(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count as u64))
}
