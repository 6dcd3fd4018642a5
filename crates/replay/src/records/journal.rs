//! The journal: which events are settled, so that a replay that was stopped can go on.
//!
//! A text file. The first line says what it belongs to; each other line is a range of positions that
//! are settled, `17` or `12-511`. It is appended to before an event's place in flight is given to
//! another, so what a kill makes to be sent twice is at most what was in flight. Now and then it is
//! written anew in its shortest form, aside, and renamed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use event_simulator::digest::Digest;
use event_simulator_timeline::{AppendFile, TornLine};

use super::range_set::RangeSet;
use crate::error::ReplayError;

const DIGESTED_BYTES: u64 = 64 * 1024;

/// Growth after which the journal is written anew.
const COMPACT_AFTER_BYTES: u64 = 1024 * 1024;

/// The timeline and the target that a journal belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalIdentity {
    journal_version: u32,
    timeline_bytes: u64,
    /// BLAKE3 of the first 64 KiB.
    timeline_head: String,
    /// The target's address, without secrets.
    url: String,
}

impl JournalIdentity {
    pub(crate) fn of(timeline: &Path, url: String) -> io::Result<Self> {
        let file = File::open(timeline)?;
        let timeline_bytes = file.metadata()?.len();
        let mut head = Vec::new();
        file.take(DIGESTED_BYTES).read_to_end(&mut head)?;
        let timeline_head = Digest::of(&head);
        Ok(Self { journal_version: 1, timeline_bytes, timeline_head, url })
    }

    /// The way in which a journal of this identity differs from `other`, if it does.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.journal_version != other.journal_version {
            return Some("another version of this program".to_owned());
        }
        if (self.timeline_bytes, &self.timeline_head)
            != (other.timeline_bytes, &other.timeline_head)
        {
            return Some("another timeline, or the timeline has changed".to_owned());
        }
        (self.url != other.url).then(|| format!("another target, {}", self.url))
    }
}

#[derive(Serialize, Deserialize)]
struct JournalHeader {
    #[serde(flatten)]
    identity: JournalIdentity,
    /// Milliseconds added to every event's time, decided when the replay first began.
    shift_millis: Option<i64>,
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: AppendFile,
    identity: JournalIdentity,
    shift_millis: Option<i64>,
    settled: RangeSet,
    pending: Vec<u64>,
    buffer: Vec<u8>,
    grown: u64,
}

impl Journal {
    /// Opens the journal at `path`. To go on with one that exists has to be asked for by `resume`.
    pub(crate) fn open(
        path: &Path,
        identity: JournalIdentity,
        resume: bool,
    ) -> Result<Self, ReplayError> {
        let failed = |source| ReplayError::Journal { path: path.to_owned(), source };
        let file = AppendFile::open(path, TornLine::CutOff).map_err(failed)?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            identity,
            shift_millis: None,
            settled: RangeSet::default(),
            pending: Vec::new(),
            buffer: Vec::new(),
            grown: 0,
        };
        if journal.load(resume)? {
            return Ok(journal);
        }
        let header = journal.header();
        journal.file.append(header.as_bytes()).map_err(failed)?;
        Ok(journal)
    }

    /// Reads what the journal holds, and tells whether it holds anything.
    fn load(&mut self, resume: bool) -> Result<bool, ReplayError> {
        if !self.file.is_regular() {
            return Ok(false);
        }
        let failed = |source| ReplayError::Journal { path: self.path.clone(), source };
        let mut lines = self.file.lines().map_err(failed)?;
        let Some(first) = lines.next() else { return Ok(false) };
        let name = self.path.display();
        let header: JournalHeader = first
            .ok()
            .and_then(|first| serde_json::from_str(&first).ok())
            .ok_or_else(|| ReplayError::Config(format!("{name}: this is not a journal")))?;
        if !resume {
            return Err(ReplayError::Config(format!(
                "{name}: a replay has already used this journal: go on with it by --resume, or \
                 delete it to begin anew"
            )));
        }
        if let Some(difference) = header.identity.difference(&self.identity) {
            return Err(ReplayError::Config(format!("{name}: it belongs to {difference}")));
        }
        self.shift_millis = header.shift_millis;
        for line in lines {
            // What cannot be read was not settled as far as is known: it is sent again.
            let Some((first, last)) = line.ok().as_deref().and_then(range) else { break };
            self.settled.insert(first, last);
        }
        Ok(true)
    }

    /// The positions that are settled so far.
    pub(crate) fn settled(&self) -> &RangeSet {
        &self.settled
    }

    /// Milliseconds added to every event's time, if an earlier run has decided on them.
    pub(crate) fn shift_millis(&self) -> Option<i64> {
        self.shift_millis
    }

    /// Remembers the shift for the runs to come.
    pub(crate) fn set_shift_millis(&mut self, shift: i64) -> Result<(), ReplayError> {
        self.shift_millis = Some(shift);
        self.compact()
    }

    /// Notes a position that is settled; [`Journal::commit`] makes it last.
    pub(crate) fn settle(&mut self, position: u64) {
        self.pending.push(position);
    }

    /// Writes what was noted. After this it survives the end of the process.
    pub(crate) fn commit(&mut self) -> Result<(), ReplayError> {
        self.pending.sort_unstable();
        let mut rest = self.pending.iter().copied().peekable();
        while let Some(first) = rest.next() {
            let mut last = first;
            while rest.next_if_eq(&(last + 1)).is_some() {
                last += 1;
            }
            self.settled.insert(first, last);
            put_range(&mut self.buffer, first, last);
        }
        self.pending.clear();
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
        let mut text = self.header().into_bytes();
        for (first, last) in self.settled.ranges() {
            put_range(&mut text, first, last);
        }
        let mut aside = self.path.clone().into_os_string();
        aside.push(".new");
        let aside = PathBuf::from(aside);
        let write = || -> io::Result<AppendFile> {
            if aside.exists() {
                fs::remove_file(&aside)?;
            }
            let mut file = AppendFile::open(&aside, TornLine::CutOff)?;
            file.append(&text)?;
            file.sync()?;
            fs::rename(&aside, &self.path)?;
            Ok(file)
        };
        self.file =
            write().map_err(|source| ReplayError::Journal { path: self.path.clone(), source })?;
        Ok(())
    }

    fn header(&self) -> String {
        let header =
            JournalHeader { identity: self.identity.clone(), shift_millis: self.shift_millis };
        let mut text = serde_json::to_string(&header).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn put_range(text: &mut Vec<u8>, first: u64, last: u64) {
    let mut digits = itoa::Buffer::new();
    text.extend_from_slice(digits.format(first).as_bytes());
    if first != last {
        text.push(b'-');
        text.extend_from_slice(digits.format(last).as_bytes());
    }
    text.push(b'\n');
}

fn range(line: &str) -> Option<(u64, u64)> {
    let (first, last) = line.split_once('-').unwrap_or((line, line));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(url: &str) -> JournalIdentity {
        JournalIdentity {
            journal_version: 1,
            timeline_bytes: 5,
            timeline_head: "ab".to_owned(),
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
            fs::write(&path, &bytes[..cut.index(bytes.len() + 1)]).unwrap();
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
        for position in (0..10_000).step_by(2) {
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
        let first = open(&path, true).unwrap();
        let message = |result: Result<Journal, ReplayError>| result.unwrap_err().to_string();
        assert!(message(open(&path, true)).contains("another process"));
        drop(first);
        assert!(message(open(&path, false)).contains("--resume"));
        assert!(message(Journal::open(&path, identity("v"), true)).contains("another target"));
        fs::write(&path, "no\n").unwrap();
        assert!(message(open(&path, true)).contains("not a journal"));
    }
}
