//! The view of `minimize` while it searches and when it is done.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Serialize, Serializer};

use event_simulator::quantity::{counted, grouped, show_duration};
use event_simulator_check::minimize::{Level, Size};

use super::progress::Ticker;

/// Progress on a terminal; nothing in a pipe.
pub(crate) struct SearchMeter {
    runs: Arc<AtomicU64>,
    doing: Arc<Mutex<String>>,
    ticker: Ticker,
}

impl SearchMeter {
    pub(crate) fn new() -> Self {
        let runs = Arc::new(AtomicU64::new(0));
        let doing = Arc::new(Mutex::new("the whole timeline".to_owned()));
        let (runs_so_far, what) = (Arc::clone(&runs), Arc::clone(&doing));
        let ticker = Ticker::start(move |elapsed| {
            let run = grouped(runs_so_far.load(Ordering::Relaxed));
            let what = what.lock().unwrap_or_else(PoisonError::into_inner);
            format!("run {run}, {}: {what}", show_duration(elapsed))
        });
        Self { runs, doing, ticker }
    }

    /// What counts a run.
    pub(crate) fn run_counter(&self) -> impl Fn() + use<> {
        let runs = Arc::clone(&self.runs);
        move || {
            runs.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    pub(crate) fn show_left(&self, level: Level, lines: usize) {
        let what = match level {
            Level::Users => "user_ids",
            Level::Sessions => "sessions",
            Level::Events => "events",
        };
        let lines = grouped(lines as u64);
        let doing = format!("leaving out {what}, {lines} lines are left");
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = doing;
    }

    /// Takes the line off the terminal.
    pub(crate) fn finish(&mut self) {
        self.ticker.stop();
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
            counted(size.events as u64, "event"),
            counted(size.sessions as u64, "session"),
            counted(size.users as u64, "user_id")
        ));
    }
    if size.other_lines > 0 {
        parts.push(counted(size.other_lines as u64, "other line"));
    }
    parts.join(", and ")
}
