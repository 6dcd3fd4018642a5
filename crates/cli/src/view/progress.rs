//! Progress over events, shown on a terminal and silent in a pipe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use event_simulator::quantity::{grouped, show_duration, show_rate};

use crate::screen;

/// Events between two looks at the clock.
const STRIDE: u64 = 1 << 16;
const BETWEEN_FRAMES: Duration = Duration::from_millis(120);

/// A line on a terminal, which moves by itself or by ticks.
pub(crate) fn spinner(template: &'static str) -> ProgressBar {
    if screen::is_quiet() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// The time that is left if the rest goes as what is done did; none at the beginning.
pub(crate) fn time_left(elapsed: Duration, share_done: f64) -> Option<Duration> {
    const FIRST: f64 = 0.001;
    let left = elapsed.as_secs_f64() * (1.0 - share_done) / share_done;
    (share_done >= FIRST).then(|| Duration::try_from_secs_f64(left.max(0.0)).ok()).flatten()
}

/// Counts events, and shows how many, how fast, and of how many in how much time.
pub(crate) struct EventMeter {
    what: String,
    bar: ProgressBar,
    started: Instant,
    events: u64,
    total: Option<u64>,
}

impl EventMeter {
    /// A meter for what is being done, such as `reading`; `total` is about how many there will be.
    pub(crate) fn new(what: impl Into<String>, total: Option<u64>) -> Self {
        let bar = match total {
            Some(total) => {
                let bar = spinner("{wide_bar} {percent:>3}%\n{wide_msg}");
                bar.set_length(total);
                bar
            }
            None => spinner("{spinner} {wide_msg}"),
        };
        Self { what: what.into(), bar, started: Instant::now(), events: 0, total }
    }

    /// A meter that shows nothing.
    pub(crate) fn hidden() -> Self {
        let bar = ProgressBar::hidden();
        Self { what: String::new(), bar, started: Instant::now(), events: 0, total: None }
    }

    /// True if somebody sees it.
    pub(crate) fn is_seen(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// One more event.
    pub(crate) fn tick(&mut self) {
        self.events += 1;
        if self.events.is_multiple_of(STRIDE) {
            self.show(self.events);
        }
    }

    /// So many events by now.
    pub(crate) fn show(&self, events: u64) {
        if !self.is_seen() {
            return;
        }
        let elapsed = self.started.elapsed();
        let rate = show_rate(events as f64 / elapsed.as_secs_f64().max(1e-9));
        let share = self.total.map(|total| events as f64 / total.max(1) as f64);
        let left = share.filter(|share| *share < 1.0).and_then(|share| time_left(elapsed, share));
        let left = left.map(|left| format!(", {} left", show_duration(left))).unwrap_or_default();
        let (events_so_far, elapsed) = (grouped(events), show_duration(elapsed));
        self.bar
            .set_message(format!("{}: {events_so_far} events, {rate}, {elapsed}{left}", self.what));
        match self.total {
            // What was forecast is about right; not until the end is it done.
            Some(total) => self.bar.set_position(events.min(total * 99 / 100)),
            None => self.bar.tick(),
        }
    }

    /// Takes the line off the terminal, and gives the time that it took.
    pub(crate) fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.started.elapsed()
    }
}

/// A line on a terminal that says what is being done, until it is dropped.
pub(crate) struct Busy {
    bar: ProgressBar,
    counting: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Busy {
    /// Shows the line, such as `comparing`.
    pub(crate) fn show(what: &'static str) -> Self {
        let bar = spinner("{spinner} {wide_msg}");
        bar.set_message(what);
        bar.enable_steady_tick(BETWEEN_FRAMES);
        Self { bar, counting: None }
    }

    /// The same with events that something else counts, of about so many.
    pub(crate) fn counting(what: &'static str, events: Arc<AtomicU64>, total: Option<u64>) -> Self {
        let meter = EventMeter::new(what, total);
        let bar = meter.bar.clone();
        if !meter.is_seen() {
            return Self { bar, counting: None };
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let watching = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                meter.show(events.load(Ordering::Relaxed));
                std::thread::park_timeout(BETWEEN_FRAMES);
            }
        });
        Self { bar, counting: Some((is_over, watching)) }
    }

    /// Shows another line.
    pub(crate) fn say(&self, what: &'static str) {
        self.bar.set_message(what);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some((is_over, watching)) = self.counting.take() {
            is_over.store(true, Ordering::Relaxed);
            watching.thread().unpark();
            // A view that has panicked has nothing to do with the result.
            let _ = watching.join();
        }
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_as_long_for_the_rest() {
        let elapsed = Duration::from_secs(10);
        assert_eq!(time_left(elapsed, 0.25), Some(Duration::from_secs(30)));
        assert_eq!(time_left(elapsed, 1.0), Some(Duration::ZERO));
        assert_eq!(time_left(elapsed, 0.0), None);
        assert_eq!(time_left(elapsed, 2.0), Some(Duration::ZERO));
    }
}
