//! A timeline that is none.

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
