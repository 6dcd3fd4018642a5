//! One arrival.

use std::cmp::Ordering;

use crate::event::{Record, UuidV7};
use crate::time::VirtualTime;

/// Something that arrives: an event as it is, or what faults have made of one.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// When it arrives.
    pub(super) received_at: VirtualTime,
    /// The id that its event has in truth; the time in it is the true one.
    pub(super) id: UuidV7,
    /// Which arrival of the event it is, from 0.
    pub(super) copy: u16,
    pub(super) user_code: u32,
    pub(super) content: DeliveryContent,
}

#[derive(Clone, Debug)]
pub(super) enum DeliveryContent {
    /// The event as it happened, and when it was sent.
    True(Record, VirtualTime),
    /// A body that is not that of the event.
    Body(Box<ChangedBody>),
}

/// A body that faults have changed.
#[derive(Clone, Debug)]
pub(super) struct ChangedBody {
    pub(super) bytes: Vec<u8>,
    /// It is a JSON object, and says when it was sent.
    pub(super) is_object: bool,
}

impl Delivery {
    /// When it arrives.
    pub fn received_at(&self) -> VirtualTime {
        self.received_at
    }

    /// True if what arrives is the event as it happened.
    pub fn is_true(&self) -> bool {
        matches!(self.content, DeliveryContent::True(..))
    }

    /// The order in which deliveries come: by arrival, then by the true id of the event, then by copy.
    fn key(&self) -> (VirtualTime, UuidV7, u16) {
        (self.received_at, self.id, self.copy)
    }
}

impl PartialEq for Delivery {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Delivery {}

impl PartialOrd for Delivery {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Delivery {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
