//! Counts and measures of a replay.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use foldhash::HashMap;

use event_simulator::event_type;
use event_simulator::time::VirtualTime;

use super::durations::Durations;
use super::sending::SendingState;

/// Types that are counted by name, and bytes of a name; a field that is not a type after all must not fill
/// the memory.
const MAX_TYPES: usize = 1_000;
const MAX_TYPE_BYTES: usize = 200;

/// Outages of which the times are kept.
const MAX_OUTAGES: usize = 200;

/// Counts and measures of a replay, up to now or at its end.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// The instant at which the first event was due.
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
    pub settled_before: u64,
    /// Of these, events that went to the dead letters.
    pub given_up_before: u64,
    /// Events of which at least one try was begun.
    pub sent: u64,
    /// Events that the target accepted.
    pub delivered: u64,
    /// Events and bad lines that were given up and written to the dead letters.
    pub dead_letters: u64,
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
    /// When these were, since the first event was due; the first of them, and one that goes on without its end.
    pub outage_times: Vec<(Duration, Option<Duration>)>,
    /// Responses by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Tries that failed, by kind.
    pub failures: BTreeMap<String, u64>,
    /// Accepted events by type.
    pub types: HashMap<Box<str>, u64>,
    /// The state of sending, as the target has it.
    pub sending: SendingState,
    /// Requests under way, retries included.
    pub in_flight: usize,
    /// Events that are due and wait for their turn.
    pub queued: usize,
    /// Lag of the latest event that was sent.
    pub lag_now: Duration,
    /// Events a second that the schedule asks for at the moment; 0 without a schedule.
    pub wanted_rate: f64,
    /// Time from when an event was due until its first try was begun.
    pub lag: Durations,
    /// Time from when a request was begun until its response was complete; each try that got one.
    pub latency: Durations,
    /// Time from when an event was due until it was accepted: what a user of the target would have felt.
    pub latency_from_due: Durations,
}

impl Metrics {
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

    /// Events of which a try was begun, and which are neither delivered nor given up.
    pub fn unsettled(&self) -> u64 {
        self.sent.saturating_sub(self.delivered + self.dead_letters - self.bad_lines)
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

    pub(crate) fn accepted(&mut self, event_type: &[u8], since_due: Option<Duration>) {
        self.delivered += 1;
        if let Some(since_due) = since_due {
            self.latency_from_due.record(since_due);
        }
        let name = std::str::from_utf8(event_type).unwrap_or("(not UTF-8)");
        let name = if name.len() <= MAX_TYPE_BYTES { name } else { "(others)" };
        if let Some(count) = self.types.get_mut(name) {
            *count += 1;
        } else {
            let name = if self.types.len() < MAX_TYPES { name } else { "(others)" };
            *self.types.entry(name.into()).or_default() += 1;
        }
    }

    pub(crate) fn begun(&mut self, time: Option<VirtualTime>, lag: Option<Duration>) {
        self.sent += 1;
        self.latest_time = self.latest_time.max(time);
        if let Some(lag) = lag {
            self.lag_now = lag;
            self.lag.record(lag);
        }
    }

    pub(crate) fn failed_try(&mut self, kind: &str) {
        if let Some(count) = self.failures.get_mut(kind) {
            *count += 1;
        } else {
            self.failures.insert(kind.to_owned(), 1);
        }
    }

    /// Notes that the target is down.
    pub(crate) fn outage_began(&mut self) {
        self.outages += 1;
        if self.outage_times.len() < MAX_OUTAGES {
            self.outage_times.push((self.elapsed(), None));
        }
    }

    /// Notes that it is back.
    pub(crate) fn outage_ended(&mut self) {
        let now = self.elapsed();
        if let Some((_, end)) = self.outage_times.last_mut() {
            end.get_or_insert(now);
        }
    }

    /// Notes that so many bytes of the timeline are done with.
    pub(crate) fn settled_bytes(&mut self, bytes: u64) {
        self.unsettled_bytes = self.unsettled_bytes.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_is_what_the_schedule_asked_for_since_and_at_least_what_waits() {
        let behind = |queued, lag_seconds, wanted_rate| {
            let lag_now = Duration::from_secs(lag_seconds);
            Metrics { queued, lag_now, wanted_rate, ..Metrics::default() }.behind()
        };
        assert_eq!(behind(1_024, 4, 3_000.0), 12_000);
        assert_eq!(behind(1_024, 0, 3_000.0), 1_024);
        assert_eq!(behind(1_024, 4, 0.0), 1_024, "without a schedule");
        assert_eq!(behind(0, 4, 3_000.0), 0, "nothing is left to send");
    }

    #[test]
    fn what_is_no_type_does_not_fill_the_memory() {
        let mut metrics = Metrics::default();
        for number in 0..MAX_TYPES + 10 {
            metrics.accepted(format!("type {number}").as_bytes(), None);
            metrics.accepted(format!("{number} {}", "x".repeat(1_000)).as_bytes(), None);
        }
        assert!(metrics.types.len() <= MAX_TYPES + 1);
        assert!(metrics.types.keys().all(|name| name.len() <= MAX_TYPE_BYTES));
        assert_eq!(metrics.types.values().sum::<u64>(), metrics.delivered);
    }
}
