//! Two sets of events held against each other: what was sent and what was received, or two timelines.
//!
//! Both sides are cut into parts by user, each small enough for memory (a Grace hash join), because all
//! that is asked (which event is which, in what order a user's events came) is asked within one user.
//! Events are matched by their id where it survived, and otherwise by what does survive; see
//! [`Matching`].

mod fields;
mod identity;
mod lines;
mod marks;
mod matching;
mod order;
mod partition;

use std::path::{Path, PathBuf};

use crate::timeline::ReadError;

pub use fields::FieldChange;
pub(crate) use fields::time_of;
pub use identity::{Identity, Matching};

use identity::Finder;
use lines::EventLines;
use matching::{Leftovers, Part};
use partition::{Layout, Parts};

/// How to compare.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of memory to stay within, roughly; beyond it, temporary files are used.
    pub memory_bytes: u64,
    /// How events are matched; found out from the files if none is given.
    pub matching: Option<Matching>,
    /// Whether times are those that were sent, and so compared; found out from the files if not said.
    pub times_survive: Option<bool>,
    /// Whether it matters in which order the events of a user stand in a file.
    pub check_order: bool,
    /// An event is late if one that is this much newer stands before it in its file.
    pub late_after_millis: Option<u64>,
}

impl Default for Settings {
    /// A gibibyte; matching is found out, and order is checked.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            matching: None,
            times_survive: None,
            check_order: true,
            late_after_millis: None,
        }
    }
}

/// An event where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The JSON text.
    pub line: &'a [u8],
    /// Which of its side's files, from 0.
    pub file: u16,
    /// Which line or row of the file, from 1.
    pub number: u64,
    /// Its place among all events of its side.
    pub order: u64,
}

/// One way in which the sides differ.
#[derive(Clone, Debug)]
pub enum Difference<'a> {
    /// Sent, and not received.
    Missing(Located<'a>),
    /// Received, and never sent.
    Unexpected(Located<'a>),
    /// Received again.
    Duplicated(Located<'a>),
    /// Received with other values than sent.
    Altered {
        /// As it was sent.
        sent: Located<'a>,
        /// As it was received.
        received: Located<'a>,
        /// What differs.
        changes: Vec<FieldChange>,
    },
    /// Received after a later event of the same user: the fewest events whose removal leaves order.
    OutOfOrder {
        /// As it was sent.
        sent: Located<'a>,
        /// As it was received.
        received: Located<'a>,
    },
    /// Received long after newer events; by how many milliseconds.
    Late(Located<'a>, u64),
    /// A line among the received ones that is no event.
    Unreadable(Located<'a>, String),
}

/// How much was compared, and how events were matched.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Events of the first side.
    pub sent: u64,
    /// Events of the second side.
    pub received: u64,
    /// How they were matched.
    pub identity: Identity,
}

/// A comparison could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A pipe, or another thing that can be read only once.
    #[error("{}: not a regular file; it is read more than once, so write it to a file first", .0.display())]
    NotAFile(PathBuf),
    /// A temporary file failed.
    #[error("cannot use temporary files (TMPDIR says where): {0}")]
    Spill(std::io::Error),
}

/// Compares the events of `sent` with those of `received`, and tells `emit` every difference.
///
/// # Errors
///
/// [`CompareError`]. A line of `received` that is no event is a difference, not an error.
pub fn compare(
    sent: &Path,
    received: &[PathBuf],
    settings: &Settings,
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<Compared, CompareError> {
    for path in std::iter::once(sent).chain(received.iter().map(PathBuf::as_path)) {
        require_file(path)?;
    }
    let mut finder = Finder::new(received, settings.matching)?;
    let files = std::iter::once(sent).chain(received.iter().map(PathBuf::as_path));
    let layout = Layout::of(files, settings);
    let mut sent_parts = split_sent(sent, layout, &mut finder)?;
    let mut identity = finder.identity();
    identity.times_survive = settings.times_survive.unwrap_or(identity.times_survive);
    let mut received_parts = split_received(received, layout, settings, identity, emit)?;
    let mut leftovers = Leftovers::new(settings.memory_bytes / 4);
    let mut part = Part::new(identity, settings.check_order);
    for index in 0..layout.parts {
        part.sent = sent_parts.load(index, part.sent).map_err(CompareError::Spill)?;
        part.received = received_parts.load(index, part.received).map_err(CompareError::Spill)?;
        part.compare(&mut leftovers, emit);
    }
    leftovers.finish(identity, emit);
    Ok(Compared { sent: sent_parts.events(), received: received_parts.events(), identity })
}

/// Refuses what cannot be read a second time. What does not exist at all is left to those who open it.
pub(crate) fn require_file(path: &Path) -> Result<(), CompareError> {
    let is_standard_input = path.as_os_str() == "-";
    match path.metadata() {
        _ if is_standard_input => Err(CompareError::NotAFile(path.to_owned())),
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
            Err(CompareError::NotAFile(path.to_owned()))
        }
        _ => Ok(()),
    }
}

fn split_sent(sent: &Path, layout: Layout, finder: &mut Finder) -> Result<Parts, CompareError> {
    let mut parts = Parts::new(layout).map_err(CompareError::Spill)?;
    let mut lines = EventLines::open(sent)?;
    while let Some(line) = lines.next_event()? {
        let number = line.number;
        let event = line.event.map_err(|source| lines::not_an_event(sent, number, source))?;
        finder.look_at(&event.hashes);
        parts.add(event.hashes.of_sent(), 0, number, &event.line).map_err(CompareError::Spill)?;
    }
    parts.finish().map_err(CompareError::Spill)?;
    Ok(parts)
}

fn split_received(
    received: &[PathBuf],
    layout: Layout,
    settings: &Settings,
    identity: Identity,
    emit: &mut dyn FnMut(&Difference<'_>),
) -> Result<Parts, CompareError> {
    let mut parts = Parts::new(layout).map_err(CompareError::Spill)?;
    for (file, path) in (0..).zip(received) {
        let mut lines = EventLines::open(path)?;
        let mut newest = 0;
        while let Some(line) = lines.next_event()? {
            let (number, order) = (line.number, parts.events());
            let at = |line| Located { line, file, number, order };
            let event = match line.event {
                Ok(event) => event,
                Err(error) => {
                    emit(&Difference::Unreadable(at(line.raw), error.to_string()));
                    continue;
                }
            };
            let marks = event.hashes.of_received(identity.matching);
            if let Some(limit) = settings.late_after_millis
                && identity.times_survive
                && marks.time != u64::MAX
            {
                newest = newest.max(marks.time);
                let behind = newest - marks.time;
                if behind > limit {
                    emit(&Difference::Late(at(&event.line), behind));
                }
            }
            parts.add(marks, file, number, &event.line).map_err(CompareError::Spill)?;
        }
    }
    parts.finish().map_err(CompareError::Spill)?;
    Ok(parts)
}
