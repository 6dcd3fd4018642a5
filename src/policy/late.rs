//! Late events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scenario::policy::{LateMeasure, LateRule, LatenessSpec};
use crate::time::VirtualTime;

/// What became of the arrivals of a window of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowCounts {
    /// Before its end had passed.
    pub on_time: u64,
    /// After that, and not too late.
    pub late_accepted: u64,
    /// Too late.
    pub late_dropped: u64,
    /// Malformed, of bots, or too far ahead.
    pub left_out: u64,
}

/// What became of arrivals, by the beginning of the window in which they happened; what is malformed happened in none.
pub type WindowLateness = BTreeMap<Option<VirtualTime>, WindowCounts>;

/// Tells late events.
#[derive(Debug)]
pub(super) struct Lateness {
    allowed_ms: u64,
    by: LateMeasure,
    drops: bool,
    /// The latest time that any event had.
    watermark: VirtualTime,
    window_ms: Option<u64>,
    windows: WindowLateness,
}

impl Lateness {
    pub(super) fn new(rule: &LatenessSpec) -> Self {
        Self {
            allowed_ms: rule.allowed.millis.unsigned_abs(),
            by: rule.by,
            drops: rule.then == LateRule::Drop,
            watermark: VirtualTime::MIN,
            window_ms: rule.windows.map(|windows| windows.millis.unsigned_abs().max(1)),
            windows: WindowLateness::new(),
        }
    }

    /// True for an event that is later than allowed.
    pub(super) fn is_late(&mut self, happened_at: VirtualTime, received_at: VirtualTime) -> bool {
        let now = match self.by {
            LateMeasure::Arrival => received_at,
            LateMeasure::Watermark => self.watermark,
        };
        self.watermark = self.watermark.max(happened_at);
        let Some(window_ms) = self.window_ms else {
            return now.millis_since(happened_at) > self.allowed_ms;
        };
        let over_ms = now.as_millis().checked_sub(window_start(happened_at, window_ms) + window_ms);
        let is_late = over_ms.is_some_and(|over_ms| over_ms >= self.allowed_ms);
        let drops = self.drops;
        self.count(Some(happened_at), |counts| match over_ms {
            None => counts.on_time += 1,
            Some(_) if is_late && drops => counts.late_dropped += 1,
            Some(_) => counts.late_accepted += 1,
        });
        is_late
    }

    /// Notes an arrival that does not count for another reason, and when it happened if it is an event.
    pub(super) fn leave_out(&mut self, happened_at: Option<VirtualTime>) {
        self.count(happened_at, |counts| counts.left_out += 1);
    }

    fn count(&mut self, happened_at: Option<VirtualTime>, add: impl FnOnce(&mut WindowCounts)) {
        let Some(window_ms) = self.window_ms else { return };
        let start =
            happened_at.and_then(|time| VirtualTime::from_millis(window_start(time, window_ms)));
        add(self.windows.entry(start).or_default());
    }

    /// True if late events do not count.
    pub(super) fn drops(&self) -> bool {
        self.drops
    }

    /// What became of the arrivals of each window; none if there are no windows.
    pub(super) fn windows(&mut self) -> Option<WindowLateness> {
        self.window_ms.map(|_| std::mem::take(&mut self.windows))
    }
}

/// Windows begin at the multiples of their length.
fn window_start(time: VirtualTime, window_ms: u64) -> u64 {
    time.as_millis() / window_ms * window_ms
}
