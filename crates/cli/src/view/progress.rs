//! Progress over events, shown on a terminal and silent in a pipe.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Events between two looks at the clock.
const STRIDE: u64 = 1 << 16;

/// A line on a terminal, which moves by itself or by ticks.
pub(crate) fn spinner(template: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Counts events, and shows how many and how fast.
pub(crate) struct EventMeter {
    what: String,
    bar: ProgressBar,
    started: Instant,
    events: u64,
}

impl EventMeter {
    /// A meter for what is being done, such as `reading`.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let bar = spinner("{spinner} {msg}");
        Self { what: what.into(), bar, started: Instant::now(), events: 0 }
    }

    /// One more event.
    pub(crate) fn tick(&mut self) {
        self.events += 1;
        if self.events.is_multiple_of(STRIDE) && !self.bar.is_hidden() {
            let rate = self.events as f64 / self.started.elapsed().as_secs_f64().max(1e-9);
            let (events, rate) = (HumanCount(self.events), HumanCount(rate as u64));
            self.bar.set_message(format!("{}: {events} events, {rate} events/s", self.what));
            self.bar.tick();
        }
    }

    /// Takes the line off the terminal.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// A line on a terminal that says what is being done, until it is dropped.
pub(crate) struct Busy(ProgressBar);

impl Busy {
    /// Shows the line, such as `comparing`.
    pub(crate) fn show(what: &'static str) -> Self {
        const BETWEEN_FRAMES: Duration = Duration::from_millis(120);
        let bar = spinner("{spinner} {msg} {elapsed}");
        bar.set_message(what);
        bar.enable_steady_tick(BETWEEN_FRAMES);
        Self(bar)
    }

    /// Shows another line.
    pub(crate) fn say(&self, what: &'static str) {
        self.0.set_message(what);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
