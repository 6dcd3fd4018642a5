//! The files that remember what became of events: the journal and the dead letters.

mod dead_letters;
mod journal;
mod range_set;

pub(crate) use dead_letters::{DeadLetters, unwrapped};
pub(crate) use journal::{Journal, JournalIdentity};
pub(crate) use range_set::RangeSet;
