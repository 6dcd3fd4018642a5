//! The metrics of a running replay, which several threads write and read.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use event_simulator::time::VirtualTime;

use super::values::Metrics;

/// The metrics of a running replay, shared by its threads.
#[derive(Debug, Default)]
pub struct SharedMetrics(Mutex<Metrics>);

impl SharedMetrics {
    /// A copy of everything as it is now.
    pub fn snapshot(&self) -> Metrics {
        self.lock().clone()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Metrics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what was read: bytes that are to be sent, and bytes and events that were settled before.
    pub(crate) fn read(&self, bytes: u64, settled_bytes: u64, settled_events: u64) {
        let mut metrics = self.lock();
        metrics.read_bytes += bytes + settled_bytes;
        metrics.unsettled_bytes += bytes;
        metrics.settled_before += settled_events;
    }

    /// Notes when the schedule began, and with which event.
    pub(crate) fn scheduled(&self, start: Instant, first_time: Option<VirtualTime>) {
        let mut metrics = self.lock();
        metrics.started.get_or_insert(start);
        metrics.first_time = metrics.first_time.or(first_time);
    }

    /// Notes the events a second that the schedule asks for.
    pub(crate) fn wanted_rate(&self, events_per_second: f64) {
        self.lock().wanted_rate = events_per_second;
    }
}
