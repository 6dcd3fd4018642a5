//! Late events.

use crate::scenario::policy::{LateMeasure, LateRule, LatenessSpec};
use crate::time::VirtualTime;

/// Tells late events.
#[derive(Debug)]
pub(super) struct Lateness {
    allowed_ms: u64,
    by: LateMeasure,
    drops: bool,
    /// The latest time that any event had.
    watermark: VirtualTime,
}

impl Lateness {
    pub(super) fn new(rule: &LatenessSpec) -> Self {
        Self {
            allowed_ms: rule.allowed.millis.unsigned_abs(),
            by: rule.by,
            drops: rule.then == LateRule::Drop,
            watermark: VirtualTime::MIN,
        }
    }

    /// True for an event that is later than allowed.
    pub(super) fn is_late(&mut self, happened_at: VirtualTime, received_at: VirtualTime) -> bool {
        let now = match self.by {
            LateMeasure::Arrival => received_at,
            LateMeasure::Watermark => self.watermark,
        };
        self.watermark = self.watermark.max(happened_at);
        now.millis_since(happened_at) > self.allowed_ms
    }

    /// True if late events do not count.
    pub(super) fn drops(&self) -> bool {
        self.drops
    }
}
