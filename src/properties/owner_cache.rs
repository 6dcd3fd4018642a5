//! What users, devices and sessions have, kept from one event of a session to the next.
//!
//! It does not depend on the event: attributes refer to each other and to the ids of their owners alone.

use std::ops::Range;

use foldhash::HashMap;

use crate::event::Record;
use crate::population::People;

/// Sessions of which it is kept at a time. Of as many that go on at once most are found again.
const PLACES: u64 = 1 << 13;

/// The values of the latest session of each place.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnerCache {
    places: HashMap<u64, KeptOwners>,
}

/// On what the values of an event's owners depend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerKey {
    session: u64,
    user: u32,
    /// True if the user is known: of others less is said.
    pub(super) is_known: bool,
    /// True if the values go to a sink: their text has no labels then.
    is_given: bool,
}

/// The values of the owners of one session's events.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptOwners {
    key: Option<OwnerKey>,
    pub(super) text: Vec<u8>,
    /// By slot of an owner's value: its place in the text.
    pub(super) slots: Vec<Range<usize>>,
    pub(super) shown: ShownOwners,
}

/// The parts of the text that events say.
#[derive(Clone, Debug, Default)]
pub(super) struct ShownOwners {
    pub(super) anonymous_id: Range<usize>,
    pub(super) all: Range<usize>,
}

impl OwnerKey {
    pub(super) fn of(record: &Record, people: &People, is_given: bool) -> Self {
        let Record { user_code: user, session, .. } = *record;
        Self { session: session.code(), user, is_known: people.is_known(record), is_given }
    }
}

impl OwnerCache {
    /// The place of a session's values, whatever is in it.
    #[inline]
    pub(super) fn place(&mut self, key: OwnerKey) -> &mut KeptOwners {
        self.places.entry(key.session % PLACES).or_default()
    }
}

impl KeptOwners {
    #[inline]
    pub(super) fn is_of(&self, key: OwnerKey) -> bool {
        self.key == Some(key)
    }

    /// Keeps what is in `text`.
    pub(super) fn keep(
        &mut self,
        key: OwnerKey,
        text: &[u8],
        slots: &[Range<usize>],
        shown: ShownOwners,
    ) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.slots.clear();
        self.slots.extend_from_slice(slots);
        (self.key, self.shown) = (Some(key), shown);
    }
}
