//! The files that remember what became of events: the journal and the dead letters.

mod dead_letters;
mod journal;
mod journal_lines;
mod range_set;

pub(crate) use dead_letters::{DeadLetters, bytes_of_hex, unwrapped};
pub(crate) use journal::Journal;
pub(crate) use journal_lines::JournalIdentity;
pub(crate) use range_set::RangeSet;

/// What a replay writes down.
#[derive(Debug)]
pub(crate) struct OpenRecords {
    pub(crate) journal: Option<Journal>,
    pub(crate) dead_letters: DeadLetters,
}
