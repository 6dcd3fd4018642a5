//! What is counted and measured while a replay runs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use foldhash::{HashMap, HashMapExt};
use hdrhistogram::Histogram;

use event_simulator::event_type;
use event_simulator::time::VirtualTime;

/// The longest duration that is told apart: a day.
const MAX_MICROS: u64 = 86_400_000_000;

/// Types that are counted by name; a field that is not a type after all must not fill the memory.
const MAX_TYPES: usize = 1_000;

/// A distribution of durations: an HDR histogram of microseconds with three significant digits.
#[derive(Clone, Debug)]
pub struct Durations(Histogram<u64>);

impl Durations {
    #[expect(clippy::expect_used, reason = "the bounds are constants that hdrhistogram accepts")]
    fn new() -> Self {
        Self(Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("constant bounds"))
    }

    pub(super) fn record(&mut self, duration: Duration) {
        self.0.saturating_record(u64::try_from(duration.as_micros()).unwrap_or(MAX_MICROS));
    }

    /// The duration that `quantile` (0 to 1) of all do not exceed; zero if there are none.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(quantile).min(self.0.max()))
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos((self.0.mean() * 1e3) as u64)
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The histogram itself, in microseconds.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }
}

/// Counts and measures of a replay, up to now or at its end.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// When the first event was due.
    pub started: Option<Instant>,
    /// Time of the first event.
    pub first_time: Option<VirtualTime>,
    /// Time of the latest event of which a try was begun.
    pub latest_time: Option<VirtualTime>,
    /// Bytes of the timeline that were read.
    pub read_bytes: u64,
    /// Of these, bytes of events that are not settled yet.
    pub unsettled_bytes: u64,
    /// Bytes of the timeline in all, if known.
    pub total_bytes: Option<u64>,
    /// Events that a journal says were settled before.
    pub passed_over: u64,
    /// Events of which at least one try was begun.
    pub sent: u64,
    /// Events that the target accepted.
    pub delivered: u64,
    /// Events and bad lines that were given up and written to the dead letters.
    pub dead: u64,
    /// Of these, lines that could not be sent at all.
    pub bad_lines: u64,
    /// Requests, each try counted.
    pub requests: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Bytes of request bodies as sent, each try counted.
    pub sent_bytes: u64,
    /// Times that the target was found to be down.
    pub outages: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Tries that failed, by kind.
    pub failures: BTreeMap<String, u64>,
    /// Accepted events by type.
    pub types: HashMap<Box<str>, u64>,
    /// Requests under way, retries included.
    pub in_flight: usize,
    /// Events that are due and wait for their turn.
    pub queued: usize,
    /// How late the latest event was sent.
    pub lag_now: Duration,
    /// Events a second that the schedule asks for at the moment; 0 without a schedule.
    pub wanted_rate: f64,
    /// First try begun, from when it was due.
    pub lag: Durations,
    /// Answer complete, from when the request was begun; each answered try.
    pub latency: Durations,
    /// Accepted, from when it was due: what a user of the target would have felt.
    pub latency_from_due: Durations,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            started: None,
            first_time: None,
            latest_time: None,
            read_bytes: 0,
            unsettled_bytes: 0,
            total_bytes: None,
            passed_over: 0,
            sent: 0,
            delivered: 0,
            dead: 0,
            bad_lines: 0,
            requests: 0,
            retries: 0,
            sent_bytes: 0,
            outages: 0,
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            types: HashMap::new(),
            in_flight: 0,
            queued: 0,
            lag_now: Duration::ZERO,
            wanted_rate: 0.0,
            lag: Durations::new(),
            latency: Durations::new(),
            latency_from_due: Durations::new(),
        }
    }

    /// Time since the first event was due.
    pub fn elapsed(&self) -> Duration {
        self.started.map_or(Duration::ZERO, |started| started.elapsed())
    }

    /// Sessions whose start was delivered and whose end was not.
    pub fn active_sessions(&self) -> u64 {
        self.of_type(event_type::SESSION_CREATED).saturating_sub(self.completed_sessions())
    }

    /// Sessions whose end was delivered.
    pub fn completed_sessions(&self) -> u64 {
        self.of_type(event_type::SESSION_ENDED)
    }

    fn of_type(&self, name: &str) -> u64 {
        self.types.get(name).copied().unwrap_or(0)
    }

    /// Types and their counts, the most frequent first.
    pub fn by_type(&self) -> Vec<(&str, u64)> {
        let mut types: Vec<_> = self.types.iter().map(|(name, &count)| (&**name, count)).collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        types
    }

    /// The share of the timeline that is done with, if its size is known.
    pub fn progress(&self) -> Option<f64> {
        let done = self.read_bytes.saturating_sub(self.unsettled_bytes);
        let total = self.total_bytes.filter(|&total| total > 0)?;
        Some((done as f64 / total as f64).min(1.0))
    }

    /// Events, about, that should have been sent by now: those that wait in memory, and where the
    /// schedule has slipped further, what it asked for meanwhile.
    pub fn behind(&self) -> u64 {
        if self.queued == 0 {
            return 0;
        }
        let slipped = self.lag_now.as_secs_f64() * self.wanted_rate;
        (slipped as u64).max(self.queued as u64)
    }

    pub(super) fn accepted(&mut self, kind: &[u8], since_due: Option<Duration>) {
        self.delivered += 1;
        if let Some(since_due) = since_due {
            self.latency_from_due.record(since_due);
        }
        let kind = std::str::from_utf8(kind).unwrap_or("(not UTF-8)");
        if let Some(count) = self.types.get_mut(kind) {
            *count += 1;
        } else {
            let kind = if self.types.len() < MAX_TYPES { kind } else { "(others)" };
            *self.types.entry(kind.into()).or_default() += 1;
        }
    }

    pub(super) fn begun(&mut self, time: Option<VirtualTime>, lag: Option<Duration>) {
        self.sent += 1;
        self.latest_time = self.latest_time.max(time);
        if let Some(lag) = lag {
            self.lag_now = lag;
            self.lag.record(lag);
        }
    }

    pub(super) fn failed_try(&mut self, kind: &str) {
        if let Some(count) = self.failures.get_mut(kind) {
            *count += 1;
        } else {
            self.failures.insert(kind.to_owned(), 1);
        }
    }
}

/// The metrics of a running replay, shared by its threads.
#[derive(Debug)]
pub struct Books(Mutex<Metrics>);

impl Books {
    pub(super) fn new(total_bytes: Option<u64>) -> Self {
        Self(Mutex::new(Metrics { total_bytes, ..Metrics::new() }))
    }

    /// A copy of everything as it is now.
    pub fn snapshot(&self) -> Metrics {
        self.lock().clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Metrics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was read: bytes that are to be sent, and bytes and events that were settled before.
    pub(super) fn read(&self, bytes: u64, settled_bytes: u64, settled_events: u64) {
        let mut metrics = self.lock();
        metrics.read_bytes += bytes + settled_bytes;
        metrics.unsettled_bytes += bytes;
        metrics.passed_over += settled_events;
    }

    /// Notes when the schedule began, and with which event.
    pub(super) fn scheduled(&self, start: Instant, first_time: Option<VirtualTime>) {
        let mut metrics = self.lock();
        metrics.started.get_or_insert(start);
        metrics.first_time = metrics.first_time.or(first_time);
    }

    pub(super) fn wanted_rate(&self, events_per_second: f64) {
        self.lock().wanted_rate = events_per_second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_is_what_the_schedule_asked_for_since_and_at_least_what_waits() {
        let behind = |queued, lag_seconds, wanted_rate| {
            let lag_now = Duration::from_secs(lag_seconds);
            Metrics { queued, lag_now, wanted_rate, ..Metrics::new() }.behind()
        };
        assert_eq!(behind(1_024, 4, 3_000.0), 12_000);
        assert_eq!(behind(1_024, 0, 3_000.0), 1_024);
        assert_eq!(behind(1_024, 4, 0.0), 1_024, "without a schedule");
        assert_eq!(behind(0, 4, 3_000.0), 0, "nothing is left to send");
    }
}
