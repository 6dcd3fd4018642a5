//! The compact form of an event, in which it waits for its time.

use std::cmp::Ordering;

use crate::time::VirtualTime;

/// What happens in a [`Record`], as an index into the model's event types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind(pub(crate) u16);

impl Kind {
    pub(crate) const SESSION_CREATED: Self = Self(0);
    pub(crate) const SESSION_ENDED: Self = Self(1);
    pub(crate) const PAGE_VISITED: Self = Self(2);
    pub(crate) const PAGE_CLOSED: Self = Self(3);
    pub(crate) const BUTTON_CLICKED: Self = Self(4);
    /// A link that leads to the session's next page.
    pub(crate) const LINK_ONWARD: Self = Self(5);
    /// A link that opens elsewhere.
    pub(crate) const LINK_ELSEWHERE: Self = Self(6);
    /// How many kinds there are before the custom ones.
    pub(crate) const BUILT_IN: u16 = 7;

    /// The `index`-th custom event.
    pub(crate) const fn custom(index: u16) -> Self {
        Self(Self::BUILT_IN + index)
    }
}

/// An event as 32 bytes that hold all that its line says, with names as indices into the model's
/// tables: so the queue moves it, and the encoder writes it, without touching anything else.
///
/// Records compare by [`Record::key`], which tells the events of one timeline apart.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub(crate) time: VirtualTime,
    /// The session's id, 48 bits, and above it 14 more bits of the session's own.
    pub(crate) session: u64,
    /// The user's number.
    pub(crate) user: u32,
    /// The user's id, 32 bits, which orders users at the same time.
    pub(crate) user_code: u32,
    /// The event's number in its session, from 0.
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    /// The page; for `SESSION_CREATED` half of the session's number.
    pub(crate) page: u16,
    /// By kind: button, page that a link leads to, or 1 + the journey step (0 for none).
    pub(crate) detail: u16,
}

impl Record {
    /// The time of the event.
    #[inline]
    pub fn time(&self) -> VirtualTime {
        self.time
    }

    /// The index of the event's type in [`Model::event_types`](super::Model::event_types).
    #[inline]
    pub fn event_type_index(&self) -> usize {
        usize::from(self.kind.0)
    }

    /// The order of a timeline: by `event_time`, then `user_id`, which anyone can check in the file. A
    /// user's times strictly increase, so it is total.
    #[inline]
    pub(crate) fn key(&self) -> (VirtualTime, u32) {
        (self.time, self.user_code)
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Record {}

impl PartialOrd for Record {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Record {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
