//! The events that the first round leaves, by their places, to be read once more.

use super::event_ref::Side;

/// A set of places, of which each takes a bit.
#[derive(Default)]
pub(super) struct PlaceSet(Vec<u64>);

impl PlaceSet {
    pub(super) fn add(&mut self, place: u64) {
        let word = (place / 64) as usize;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: u64) -> bool {
        self.0.get((place / 64) as usize).is_some_and(|word| word & 1 << (place % 64) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is to be read once more, because more than its fingerprint is needed.
pub(super) enum Unsettled {
    /// All of it: sequences are looked for in whole sessions.
    All,
    /// What was not found to be equal to something.
    Places {
        sent: PlaceSet,
        received: PlaceSet,
        /// Received events that are known to be repeats.
        repeats: PlaceSet,
    },
}

impl Unsettled {
    /// True if nothing of a side is to be read.
    pub(super) fn is_none_of(&self, side: Side) -> bool {
        match (self, side) {
            (Self::All, _) => false,
            (Self::Places { sent, .. }, Side::Sent) => sent.is_empty(),
            (Self::Places { received, repeats, .. }, Side::Received) => {
                received.is_empty() && repeats.is_empty()
            }
        }
    }

    /// True if the event at `place` of a side is to be matched in further rounds.
    pub(super) fn has(&self, side: Side, place: u64) -> bool {
        match (self, side) {
            (Self::All, _) => true,
            (Self::Places { sent, .. }, Side::Sent) => sent.has(place),
            (Self::Places { received, .. }, Side::Received) => received.has(place),
        }
    }

    /// True if the received event at `place` is a repeat.
    pub(super) fn is_repeat(&self, place: u64) -> bool {
        matches!(self, Self::Places { repeats, .. } if repeats.has(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_has_what_was_added(places in prop::collection::btree_set(0_u64..300, 0..40)) {
            let mut set = PlaceSet::default();
            for place in &places {
                set.add(*place);
            }
            let found: BTreeSet<u64> = (0..400).filter(|place| set.has(*place)).collect();
            prop_assert_eq!(set.is_empty(), places.is_empty());
            prop_assert_eq!(found, places);
        }
    }
}
