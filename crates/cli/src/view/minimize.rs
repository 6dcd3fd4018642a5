//! What `minimize` shows while it searches and when it is done.

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use event_simulator::quantity::show_duration;
use event_simulator_check::minimize::{Level, Size};

/// Lines of a command's output that are shown.
const SHOWN_LINES: usize = 5;

/// Progress on a terminal; nothing in a pipe.
pub(crate) struct Meter {
    bar: ProgressBar,
    runs: Cell<u64>,
}

impl Meter {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        let style = "{spinner} run {pos}, {elapsed}: {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
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
        let lines = HumanCount(lines as u64);
        self.bar.set_message(format!("leaving out {what}, {lines} lines are left"));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// What was found, and what it took.
pub(crate) struct Summary<'a> {
    pub(crate) output: &'a Path,
    pub(crate) left: Size,
    pub(crate) whole: Size,
    pub(crate) runs: u64,
    pub(crate) elapsed: Duration,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, left, whole, runs, elapsed } = self;
        writeln!(f, "{}: {}", output.display(), size(left))?;
        write!(f, "of {}, in {runs} runs and {}", size(whole), show_duration(*elapsed))
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
    format!("{} {what}{plural}", HumanCount(count as u64))
}

/// The last lines of a text that are not blank, indented under a heading; nothing if there are none.
pub(crate) fn last_lines(text: &str, heading: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default();
    let heading = if shown.is_empty() { "" } else { heading };
    shown.iter().fold(heading.to_owned(), |text, line| text + "\n  " + line)
}
