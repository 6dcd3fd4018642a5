//! Progress over events, shown on a terminal and silent in a pipe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use event_simulator::quantity::{grouped, show_duration, show_rate, show_seconds};

use super::live_lines::{LiveLines, bar};

/// Events between two looks at the clock.
const STRIDE: u64 = 1 << 14;
const BETWEEN_FRAMES: Duration = Duration::from_millis(120);
const BAR_CHARACTERS: usize = 40;

/// The time that is left if the rest goes as what is done did; none at the beginning.
pub(crate) fn time_left(elapsed: Duration, share_done: f64) -> Option<Duration> {
    const FIRST: f64 = 0.001;
    let left = elapsed.as_secs_f64() * (1.0 - share_done) / share_done;
    (share_done >= FIRST).then(|| Duration::try_from_secs_f64(left.max(0.0)).ok()).flatten()
}

/// An estimate, which has no fractions of a second.
pub(crate) fn shown_left(left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil();
    if seconds < 100.0 { format!("{seconds} s") } else { show_seconds(seconds) }
}

/// How many events are done, how fast, and of about how many in how much time, if that is known.
fn progress(what: &str, events: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = show_rate(events as f64 / elapsed.as_secs_f64().max(1e-9));
    let share = total.map(|total| events as f64 / total.max(1) as f64);
    let left = share.filter(|share| *share < 1.0).and_then(|share| time_left(elapsed, share));
    let left = left.map(|left| format!(", about {} left", shown_left(left)));
    let line = format!(
        "{what}: {} events, {rate}, {}{}",
        grouped(events),
        show_duration(elapsed),
        left.unwrap_or_default()
    );
    match share {
        // What was forecast is about right: all is done only at the end.
        Some(share) => format!("{}\n{line}", bar(share.min(0.99), BAR_CHARACTERS)),
        None => line,
    }
}

/// Counts events, and shows how many, how fast, and of how many in how much time.
pub(crate) struct EventMeter {
    what: &'static str,
    lines: LiveLines,
    started: Instant,
    shown: Option<Instant>,
    events: u64,
    total: Option<u64>,
}

impl EventMeter {
    /// A meter for what is being done, such as `reading`; `total` is about how many there will be.
    pub(crate) fn new(what: &'static str, total: Option<u64>) -> Self {
        let (lines, started) = (LiveLines::new(), Instant::now());
        Self { what, lines, started, shown: None, events: 0, total }
    }

    /// About so many there will be, as is known by now.
    pub(crate) fn expect(&mut self, total: Option<u64>) {
        self.total = total;
    }

    /// One more event.
    pub(crate) fn tick(&mut self) {
        self.events += 1;
        if self.events.is_multiple_of(STRIDE) {
            self.show(self.events);
        }
    }

    /// So many events by now.
    pub(crate) fn show(&mut self, events: u64) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= BETWEEN_FRAMES);
        if self.lines.is_seen() && is_due {
            let text = progress(self.what, events, self.total, self.started.elapsed());
            self.lines.show(&text);
            self.shown = Some(Instant::now());
        }
    }

    /// Takes the lines off the terminal, and gives the time that it took.
    pub(crate) fn finish(mut self) -> Duration {
        self.lines.clear();
        self.started.elapsed()
    }
}

/// Lines on a terminal that are made anew by a thread of their own, until this is dropped.
pub(crate) struct Ticker(Option<(Arc<AtomicBool>, JoinHandle<()>)>);

impl Ticker {
    /// Shows what `text` gives for the time that has passed.
    pub(crate) fn start(text: impl Fn(Duration) -> String + Send + 'static) -> Self {
        let (mut lines, started) = (LiveLines::new(), Instant::now());
        if !lines.is_seen() {
            return Self(None);
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                lines.show(&text(started.elapsed()));
                std::thread::park_timeout(BETWEEN_FRAMES);
            }
        });
        Self(Some((is_over, thread)))
    }

    /// The same for events that something else counts, of about so many.
    pub(crate) fn counting(what: &'static str, events: Arc<AtomicU64>, total: Option<u64>) -> Self {
        Self::start(move |elapsed| progress(what, events.load(Ordering::Relaxed), total, elapsed))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Ticker {
    /// Takes the lines off the terminal.
    pub(crate) fn stop(&mut self) {
        if let Some((is_over, thread)) = self.0.take() {
            is_over.store(true, Ordering::Relaxed);
            thread.thread().unpark();
            // A view that has panicked has nothing to do with the result.
            let _ = thread.join();
        }
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

    #[test]
    fn what_is_left_is_told_in_whole_seconds() {
        let shown = |millis| shown_left(Duration::from_millis(millis));
        assert_eq!([376, 66_400, 99_800].map(shown), ["1 s", "67 s", "1m 40s"]);
    }

    #[test]
    fn progress_says_how_much_is_left() {
        let elapsed = Duration::from_secs(4);
        let text = progress("generating", 1_000_000, Some(4_000_000), elapsed);
        insta::assert_snapshot!(text, @"
        ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  25 %
        generating: 1,000,000 events, 250,000/s, 4.0 s, about 12 s left
        ");
        let text = progress("reading", 1_000_000, None, elapsed);
        assert_eq!(text, "reading: 1,000,000 events, 250,000/s, 4.0 s");
    }
}
