//! The events of which a request was begun.

use std::sync::{Mutex, PoisonError};

use crate::records::RangeSet;

/// The positions of events of which at least one request was begun, so that the target may have them.
#[derive(Debug, Default)]
pub struct BegunEvents(Mutex<RangeSet>);

impl BegunEvents {
    /// True if a request with the event at this position was begun.
    pub fn contains(&self, position: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(position)
    }

    pub(crate) fn add(&self, positions: impl Iterator<Item = u64>) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        positions.for_each(|position| begun.insert(position, position));
    }
}
