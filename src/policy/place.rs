//! The order of events that count.

use crate::event::event_type;
use crate::time::VirtualTime;
use crate::wire::EventFields;

/// The place of an event among those that count: by its time, at one time a session's start first and its end last, else
/// as they came to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountedPlace {
    /// The time that the policy gives it.
    pub time: VirtualTime,
    /// The place of its type among events of one time.
    pub rank: u8,
    /// The number of events that came to count before it.
    pub number: u64,
}

impl CountedPlace {
    /// The place of an event that came to count after so many others.
    pub fn new(event: &EventFields<'_>, number: u64) -> Self {
        Self { time: event.event_time, rank: event_type::rank(&event.event_type), number }
    }
}
