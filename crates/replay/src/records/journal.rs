//! The journal: which events are settled, so that a replay that was stopped can go on.
//!
//! A text file. The first line says what it belongs to; each other line is a range of positions that
//! are settled, `17` or `12-511`, or `given-up 17` for events that went to the dead letters. Each line
//! carries a check. It is appended to before an event's place in flight is given to another, so what a
//! kill makes to be sent twice is at most what was in flight. Now and then it is written anew in its
//! shortest form, aside, and renamed.

use std::fs;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use event_simulator_timeline::AppendFile;

use super::journal_lines::{HEADER_START, JournalHeader, JournalIdentity, SettledRange};
use super::range_set::RangeSet;
use crate::error::ReplayError;

/// Growth after which the journal is written anew.
const COMPACT_AFTER_BYTES: u64 = 1024 * 1024;

/// The longest first line that is looked at, to see whether a file is a journal.
const MAX_HEADER_BYTES: u64 = 64 * 1024;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: AppendFile,
    header: JournalHeader,
    settled: RangeSet,
    /// Those of the settled that were given up.
    given_up: RangeSet,
    pending: Vec<u64>,
    pending_given_up: Vec<u64>,
    buffer: Vec<u8>,
    grown: u64,
}

impl Journal {
    /// Opens the journal at `path`. To go on with one that exists has to be asked for by `resume`; a
    /// file that is not a journal is refused, and stays as it is.
    pub(crate) fn open(
        path: &Path,
        identity: JournalIdentity,
        resume: bool,
    ) -> Result<Self, ReplayError> {
        let failed = |source| ReplayError::Journal { path: path.to_owned(), source };
        let mut journal = Self {
            file: AppendFile::open(path).map_err(failed)?,
            path: path.to_owned(),
            header: JournalHeader { identity, shift_millis: None },
            settled: RangeSet::default(),
            given_up: RangeSet::default(),
            pending: Vec::new(),
            pending_given_up: Vec::new(),
            buffer: Vec::new(),
            grown: 0,
        };
        if journal.file.is_regular() {
            // Renaming to a symbolic link would put a file in place of the link.
            journal.path = path.canonicalize().map_err(failed)?;
            if journal.load(resume)? {
                return Ok(journal);
            }
        }
        let header = journal.header.line();
        journal.file.append(&header).map_err(failed)?;
        Ok(journal)
    }

    /// Reads what the journal holds, and tells whether it holds anything.
    fn load(&mut self, resume: bool) -> Result<bool, ReplayError> {
        let failed = |source| ReplayError::Journal { path: self.path.clone(), source };
        let refused =
            |reason: &str| Err(ReplayError::Config(format!("{}: {reason}", self.path.display())));
        let mut contents = self.file.contents().map_err(failed)?;
        let mut line = Vec::new();
        let mut start = contents.by_ref().take(MAX_HEADER_BYTES);
        start.read_until(b'\n', &mut line).map_err(failed)?;
        if line.is_empty() {
            return Ok(false);
        }
        let is_torn = line.len() as u64 == self.file.torn_bytes();
        if is_torn && line.starts_with(HEADER_START) && self.header.line().starts_with(&line) {
            self.file.cut_torn_line().map_err(failed)?;
            return Ok(false);
        }
        let found = match JournalHeader::of_line(line.trim_ascii_end()) {
            Ok(header) => header,
            Err(reason) => return refused(reason),
        };
        for number in 2_u64.. {
            line.clear();
            contents.read_until(b'\n', &mut line).map_err(failed)?;
            // A last line without its end was not written to its end: what it settled is sent again.
            let Some(whole) = line.strip_suffix(b"\n") else { break };
            let Some(range) = SettledRange::of_line(whole) else {
                return refused(&format!(
                    "line {number} is damaged: delete that line to have its events sent again, or the \
                     file to begin anew"
                ));
            };
            self.settled.insert(range.first, range.last);
            if range.is_given_up {
                self.given_up.insert(range.first, range.last);
            }
        }
        if !resume && self.settled.len() > 0 {
            return refused(
                "a replay has already used this journal: go on with it by --resume, or delete it to \
                 begin anew",
            );
        }
        match found.identity.difference(&self.header.identity) {
            // A journal that remembers nothing may as well belong to this replay.
            Some(_) if self.settled.len() == 0 => self.compact()?,
            Some(difference) => {
                return refused(&format!(
                    "it belongs to {difference}: delete it to begin anew, or name another by --journal"
                ));
            }
            None => {
                self.header.shift_millis = found.shift_millis;
                self.file.cut_torn_line().map_err(failed)?;
            }
        }
        Ok(true)
    }

    /// The positions that are settled so far.
    pub(crate) fn settled(&self) -> &RangeSet {
        &self.settled
    }

    /// The number of events that were given up so far.
    pub(crate) fn given_up(&self) -> u64 {
        self.given_up.len()
    }

    /// Milliseconds added to every event's time, if an earlier run has decided on them.
    pub(crate) fn shift_millis(&self) -> Option<i64> {
        self.header.shift_millis
    }

    /// Remembers the shift for the runs to come.
    pub(crate) fn set_shift_millis(&mut self, shift: i64) -> Result<(), ReplayError> {
        self.header.shift_millis = Some(shift);
        self.compact()
    }

    /// Notes a position that is delivered; [`Journal::commit`] makes it last.
    pub(crate) fn settle(&mut self, position: u64) {
        self.pending.push(position);
    }

    /// Notes a position that stands in the dead letters.
    pub(crate) fn give_up(&mut self, position: u64) {
        self.pending_given_up.push(position);
    }

    /// Writes what was noted. After this it survives the end of the process.
    pub(crate) fn commit(&mut self) -> Result<(), ReplayError> {
        for is_given_up in [false, true] {
            let pending = if is_given_up { &mut self.pending_given_up } else { &mut self.pending };
            pending.sort_unstable();
            let mut rest = pending.drain(..).peekable();
            while let Some(first) = rest.next() {
                let mut last = first;
                while rest.next_if_eq(&(last + 1)).is_some() {
                    last += 1;
                }
                self.settled.insert(first, last);
                if is_given_up {
                    self.given_up.insert(first, last);
                }
                SettledRange { first, last, is_given_up }.put(&mut self.buffer);
            }
        }
        self.grown += self.buffer.len() as u64;
        let written = self.file.append(&self.buffer);
        self.buffer.clear();
        written.map_err(|source| ReplayError::Journal { path: self.path.clone(), source })?;
        if self.grown > COMPACT_AFTER_BYTES { self.compact() } else { Ok(()) }
    }

    /// Writes the journal anew, aside, and puts it in place of the old one.
    fn compact(&mut self) -> Result<(), ReplayError> {
        self.grown = 0;
        if !self.file.is_regular() {
            return Ok(());
        }
        let mut text = self.header.line();
        for (ranges, is_given_up) in [(&self.settled, false), (&self.given_up, true)] {
            for (first, last) in ranges.ranges() {
                SettledRange { first, last, is_given_up }.put(&mut text);
            }
        }
        let failed = |source| ReplayError::Journal { path: self.path.clone(), source };
        let (aside, mut file) = AppendFile::create_aside(&self.path).map_err(failed)?;
        let written = file
            .append(&text)
            .and_then(|()| file.sync())
            .and_then(|()| fs::rename(&aside, &self.path));
        if let Err(error) = written {
            let _ = fs::remove_file(&aside);
            return Err(failed(error));
        }
        self.file = file;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::journal_lines::JOURNAL_VERSION;
    use event_simulator::digest::Digest;
    use proptest::prelude::*;

    fn identity(url: &str) -> JournalIdentity {
        JournalIdentity {
            journal_version: JOURNAL_VERSION,
            timeline_bytes: 5,
            timeline_digest: "ab".to_owned(),
            target_digest: Digest::of(url.as_bytes()),
            url: url.to_owned(),
        }
    }

    fn open(path: &Path, resume: bool) -> Result<Journal, ReplayError> {
        Journal::open(path, identity("u"), resume)
    }

    proptest! {
        #[test]
        fn wherever_it_is_cut_off_no_more_is_settled_than_was_noted(
            groups in prop::collection::vec(prop::collection::vec(1_u64..500, 0..20), 0..10),
            cut: prop::sample::Index,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("j");
            let mut noted = RangeSet::default();
            let mut journal = open(&path, false).unwrap();
            for group in &groups {
                for &position in group {
                    journal.settle(position);
                    noted.insert(position, position);
                }
                journal.commit().unwrap();
            }
            drop(journal);
            let reopened = open(&path, true).unwrap();
            prop_assert_eq!(reopened.settled(), &noted);
            drop(reopened);

            let bytes = fs::read(&path).unwrap();
            let cut = cut.index(bytes.len() + 1);
            fs::write(&path, &bytes[..cut]).unwrap();
            if (1..HEADER_START.len()).contains(&cut) {
                prop_assert!(open(&path, true).is_err(), "so little may be anybody's");
                return Ok(());
            }
            let cut = open(&path, true).unwrap();
            for (first, last) in cut.settled().ranges() {
                prop_assert!((first..=last).all(|position| noted.contains(position)));
            }
        }
    }

    #[test]
    fn compaction_keeps_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut journal = open(&path, false).unwrap();
        for position in (2..10_002).step_by(2) {
            journal.settle(position);
        }
        journal.commit().unwrap();
        journal.set_shift_millis(-5).unwrap();
        journal.settle(1);
        journal.commit().unwrap();
        drop(journal);
        let journal = open(&path, true).unwrap();
        assert_eq!(journal.settled().len(), 5_001);
        assert_eq!(journal.shift_millis(), Some(-5));
    }

    #[test]
    fn it_is_refused_to_begin_anew_or_for_something_else_or_twice_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut first = open(&path, true).unwrap();
        first.settle(1);
        first.commit().unwrap();
        let message = |result: Result<Journal, ReplayError>| result.unwrap_err().to_string();
        assert!(message(open(&path, true)).contains("another process"));
        drop(first);
        assert!(message(open(&path, false)).contains("--resume"));
        assert!(message(Journal::open(&path, identity("v"), true)).contains("another target"));
    }

    #[test]
    fn a_file_that_is_no_journal_or_a_damaged_one_is_refused_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let mut journal = open(&path, false).unwrap();
        for position in [1, 2, 3, 7] {
            journal.settle(position);
        }
        journal.give_up(8);
        journal.commit().unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let mut damaged = vec![
            b"no\n".to_vec(),
            b"{\"api_key\":\"precious\"}".to_vec(),
            b"{\"journal_version\":".to_vec(),
            vec![0xff; 100_000],
            String::from_utf8(whole.clone()).unwrap().replace("1-3 ", "1-9 ").into_bytes(),
        ];
        // Without its last byte it is a journal whose last line is torn.
        for byte in 0..whole.len() - 1 {
            let mut flipped = whole.clone();
            flipped[byte] ^= 1;
            damaged.push(flipped);
        }
        let header = open(&folder.path().join("other"), false).unwrap().header.line();
        for contents in damaged {
            fs::write(&path, &contents).unwrap();
            let is_torn_header = header.starts_with(&contents);
            for resume in [false, true] {
                let opened = open(&path, resume);
                assert_eq!(
                    opened.is_ok(),
                    is_torn_header,
                    "{}",
                    String::from_utf8_lossy(&contents)
                );
                if !is_torn_header {
                    assert_eq!(fs::read(&path).unwrap(), contents);
                }
                fs::write(&path, &contents).unwrap();
            }
        }
        fs::write(&path, &whole).unwrap();
        let journal = open(&path, true).unwrap();
        assert_eq!((journal.settled().len(), journal.given_up()), (5, 1));
    }

    #[test]
    fn to_write_it_anew_touches_no_other_file_and_follows_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let others = ["j.new", &format!("j.{}-0.tmp", std::process::id())]
            .map(|name| folder.path().join(name));
        for other in &others {
            fs::write(other, "precious").unwrap();
        }
        let link = folder.path().join("link");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&path, &link).unwrap();
        #[cfg(not(unix))]
        fs::hard_link(&others[0], &link).and_then(|()| fs::remove_file(&link)).unwrap();
        let mut journal = open(&link, false).unwrap();
        journal.set_shift_millis(1).unwrap();
        journal.settle(4);
        journal.commit().unwrap();
        drop(journal);
        assert_eq!(open(&link, true).unwrap().settled().len(), 1);
        assert!(others.iter().all(|other| fs::read(other).unwrap() == b"precious"));
        #[cfg(unix)]
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_journal_that_remembers_nothing_may_belong_to_another_replay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        drop(open(&path, false).unwrap());
        let mut other = Journal::open(&path, identity("v"), true).unwrap();
        other.settle(1);
        other.commit().unwrap();
        drop(other);
        assert!(open(&path, true).unwrap_err().to_string().contains("another target, v"));
    }
}
