//! What a simulation will give, computed and not simulated.

use super::Model;
use super::session::{EDGE_MS, HumanRanges, LOAD_MS, Pace};

impl Model {
    /// Events in a session, on average.
    pub(crate) fn events_per_session(&self) -> f64 {
        let pages = self.pages.mean();
        let onward = self.navigates.probability() * (pages - 1.0);
        let closed = self.closes.probability() * (pages - onward);
        1.0 + pages * (1.0 + self.actions.mean()) + onward + closed + self.ends.probability()
    }

    /// From the start of a session to the start of the same user's next one, on average and about.
    pub(crate) fn cycle_ms(&self) -> f64 {
        match self.pace {
            Pace::Human(ranges) => self.session_ms(&ranges) + middle(ranges.between_sessions_ms),
            Pace::Fixed { shortest_ms, longest_ms } => {
                self.events_per_session() * middle((shortest_ms, longest_ms))
            }
        }
    }

    fn session_ms(&self, ranges: &HumanRanges) -> f64 {
        let pages = self.pages.mean();
        let whole =
            2.0 * EDGE_MS as f64 + pages * middle(ranges.page_ms) + (pages - 1.0) * middle(LOAD_MS);
        whole.clamp(ranges.session_ms.0 as f64, ranges.session_ms.1 as f64)
    }

    /// How far ahead of the clock events are scheduled, at most.
    pub(crate) fn horizon_ms(&self) -> u64 {
        let gap_ms = match self.pace {
            Pace::Human(ranges) => ranges.between_sessions_ms.1,
            Pace::Fixed { longest_ms, .. } => longest_ms,
        };
        self.longest_session_ms.saturating_add(gap_ms).max(self.ramp_up_ms)
    }
}

fn middle((low, high): (u64, u64)) -> f64 {
    (low as f64 + high as f64) / 2.0
}
