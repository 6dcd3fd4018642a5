//! A timeline that is none, and sums that do not belong together.

use crate::time::VirtualTime;

/// An event that stands before an earlier one: a timeline is in order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event at {time} stands after one at {previous}: sort the timeline by event_time first"
)]
pub struct OutOfOrder {
    /// The event's time.
    pub time: VirtualTime,
    /// The time of the event before it.
    pub previous: VirtualTime,
}

/// Two sets of sums do not count the same things, as when only one of them has a row for each user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("their {table:?} do not count the same")]
pub struct UnlikeSums {
    /// The table that differs.
    pub table: &'static str,
}
