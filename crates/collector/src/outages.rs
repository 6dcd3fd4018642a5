//! Outages: when the collector refuses connections.

use std::time::Duration;

use event_simulator::quantity::DurationRange;

use crate::error::FaultError;

/// The windows of time since the start in which the collector is down; they may overlap.
#[derive(Debug)]
pub(crate) struct OutageSchedule(Vec<DurationRange>);

/// The availability of the collector at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Availability {
    pub(crate) is_down: bool,
    /// The time until a window begins or ends; `None` if none does any more.
    pub(crate) until_change: Option<Duration>,
}

impl OutageSchedule {
    /// A schedule of windows, none of them empty.
    pub(crate) fn new(windows: &[DurationRange]) -> Result<Self, FaultError> {
        if windows.iter().any(|window| window.low == window.high) {
            return Err(FaultError::EmptyOutage);
        }
        Ok(Self(windows.to_vec()))
    }

    /// The availability `elapsed` after the start.
    pub(crate) fn at(&self, elapsed: Duration) -> Availability {
        let is_down = self.0.iter().any(|window| window.low <= elapsed && elapsed < window.high);
        let edges = self.0.iter().flat_map(|window| [window.low, window.high]);
        let next = edges.filter(|&edge| edge > elapsed).min();
        Availability { is_down, until_change: next.map(|edge| edge.saturating_sub(elapsed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(low: u64, high: u64) -> DurationRange {
        DurationRange { low: Duration::from_millis(low), high: Duration::from_millis(high) }
    }

    #[test]
    fn windows_may_overlap() {
        let schedule = OutageSchedule::new(&[millis(100, 200), millis(150, 300)]).unwrap();
        let at = |elapsed| {
            let Availability { is_down, until_change } =
                schedule.at(Duration::from_millis(elapsed));
            (is_down, until_change.map(|duration| duration.as_millis()))
        };
        assert_eq!(at(0), (false, Some(100)));
        assert_eq!(at(100), (true, Some(50)));
        assert_eq!(at(250), (true, Some(50)));
        assert_eq!(at(300), (false, None));
    }

    #[test]
    fn an_empty_window_is_refused() {
        let refused = OutageSchedule::new(&[millis(1, 2), millis(5, 5)]).unwrap_err();
        assert_eq!(refused, FaultError::EmptyOutage);
    }
}
