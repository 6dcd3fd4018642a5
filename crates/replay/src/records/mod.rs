//! The files that remember what became of events: the journal, the dead letters, and what was sent.

mod dead_letters;
mod journal;
mod journal_lines;
mod range_set;
mod sent_file;

pub(crate) use dead_letters::{DeadLetters, bytes_of_hex, unwrapped};
pub(crate) use journal::Journal;
pub(crate) use journal_lines::JournalIdentity;
pub(crate) use range_set::RangeSet;
pub(crate) use sent_file::SentFile;

/// What a replay writes down.
#[derive(Debug)]
pub(crate) struct OpenRecords {
    pub(crate) journal: Option<Journal>,
    pub(crate) dead_letters: DeadLetters,
}
