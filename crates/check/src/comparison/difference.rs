//! The outcome of a comparison.

use super::change::FieldChange;
use super::event_ref::EventRef;
use super::matching::Matching;
use super::not_an_event::NotAnEvent;
use super::scope::NotCompared;

/// One way in which the sides differ.
#[derive(Clone, Debug)]
pub enum Difference<'a> {
    /// Sent, and not received.
    Missing(EventRef<'a>),
    /// Received, and never sent.
    Unexpected(EventRef<'a>),
    /// Received again.
    Duplicated(EventRef<'a>),
    /// Received with other values than sent.
    Altered {
        /// As it was sent.
        sent: EventRef<'a>,
        /// As it was received.
        received: EventRef<'a>,
        /// The fields that differ.
        changes: Vec<FieldChange>,
    },
    /// Received after a later event of the same user: the fewest events whose removal leaves order. Events
    /// whose time was altered are told as such only.
    OutOfOrder {
        /// As it was received.
        received: EventRef<'a>,
    },
    /// Received long after newer events; by how many milliseconds.
    Late(EventRef<'a>, u64),
    /// A line of either side that is no event, and what it is.
    Unreadable(EventRef<'a>, NotAnEvent),
}

/// Takes the differences, one by one.
pub(super) type Emit<'e> = dyn FnMut(&Difference<'_>) + 'e;

/// The size of both sides, and the way in which events were matched. Lines that are no events are counted on
/// neither side, so that sent - missing + duplicated + unexpected = received.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Events of the first side.
    pub sent: u64,
    /// Events of the second side.
    pub received: u64,
    /// The way in which they were matched.
    pub matching: Matching,
    /// True if sent events have ids, of which none was found again.
    pub ids_are_lost: bool,
    /// The fields that were not compared.
    pub not_compared: NotCompared,
}
