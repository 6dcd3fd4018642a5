//! The outcome of a comparison.

use super::change::FieldChange;
use super::matching::Matching;

/// An event where it stands.
#[derive(Clone, Copy, Debug)]
pub struct EventRef<'a> {
    /// The JSON text.
    pub line: &'a [u8],
    /// The file, of those of its side, from 0.
    pub file: u32,
    /// The line or row of the file, from 1.
    pub number: u64,
    /// Its place among all events of its side.
    pub order: u64,
}

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
    /// Received after a later event of the same user: the fewest events whose removal leaves order.
    OutOfOrder {
        /// As it was sent.
        sent: EventRef<'a>,
        /// As it was received.
        received: EventRef<'a>,
    },
    /// Received long after newer events; by how many milliseconds.
    Late(EventRef<'a>, u64),
    /// A line among the received ones that is no event, and the reason.
    Unreadable(EventRef<'a>, String),
}

/// Takes the differences, one by one.
pub(super) type Emit<'e> = dyn FnMut(&Difference<'_>) + 'e;

/// The size of both sides, and the way in which events were matched.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Events of the first side.
    pub sent: u64,
    /// Events of the second side.
    pub received: u64,
    /// The way in which they were matched.
    pub matching: Matching,
}
