//! How two timelines differ: the same bytes, or what was added, removed, changed and moved.
//!
//! Events are matched by what they are (session, type, page and button, in order), not by `event_id`,
//! which contains the time: an event whose time changed was moved, and not removed and added.
//!
//! For golden files in tests:
//!
//! ```no_run
//! use event_simulator_check::diff::{Settings, diff};
//!
//! let diff = diff("golden.jsonl".as_ref(), "now.jsonl".as_ref(), Settings::default())?;
//! assert!(diff.is_same(), "{diff}");
//! # Ok::<(), event_simulator_check::comparison::CompareError>(())
//! ```

mod manifests;
mod show;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Serialize;

use crate::comparison::{
    self, CompareError, Difference, FieldChange, Located, Matching, compare, require_file, time_of,
};
use event_simulator::wire::scan;
use event_simulator_timeline::{LineReader, ReadError, open};

pub use manifests::Origins;

/// How to compare.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Bytes of memory to stay within, roughly.
    pub memory_bytes: u64,
}

impl Default for Settings {
    /// A gibibyte.
    fn default() -> Self {
        Self { memory_bytes: 1 << 30 }
    }
}

/// How two timelines differ.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Diff {
    /// Events of the first and of the second timeline.
    pub events: (u64, u64),
    /// The first line that is not the same in both; none if all are.
    pub first: Option<FirstDifference>,
    /// What the manifests beside the files say.
    pub origins: Origins,
    /// By event type.
    pub by_type: BTreeMap<String, Counts>,
    /// All together.
    pub total: Counts,
    /// Users with a difference.
    pub users: Touched,
    /// Sessions with a difference.
    pub sessions: Touched,
    /// The first changes of fields.
    pub changes: Vec<String>,
}

/// The first line that is not the same in both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FirstDifference {
    /// Which line, from 1, blank ones not counted.
    pub line: u64,
    /// It in the first timeline, which may have ended.
    pub left: Option<String>,
    /// It in the second timeline.
    pub right: Option<String>,
}

/// How many events differ in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Only in the second timeline.
    pub added: u64,
    /// Only in the first.
    pub removed: u64,
    /// In both, with other fields than the time.
    pub changed: u64,
    /// In both, at another time or in another order.
    pub moved: u64,
}

/// How many users or sessions have differences, and those that have the most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// How many, up to [`Touched::MOST`].
    pub count: u64,
    /// The ones with the most differences, by name.
    pub most: Vec<(String, Counts)>,
}

impl Touched {
    /// Where counting ends.
    pub const MOST: usize = 100_000;
    const NAMED: usize = 5;

    fn of(by_name: HashMap<String, Counts>) -> Self {
        let count = by_name.len() as u64;
        let mut most: Vec<(String, Counts)> = by_name.into_iter().collect();
        most.sort_by(|(a, of_a), (b, of_b)| of_b.sum().cmp(&of_a.sum()).then(a.cmp(b)));
        most.truncate(Self::NAMED);
        Self { count, most }
    }
}

const CHANGES_KEPT: usize = 5;

impl Diff {
    /// Whether the timelines have the same lines.
    pub fn is_same(&self) -> bool {
        self.first.is_none()
    }
}

/// Compares two timelines, which may be JSON lines or CSV, plain or compressed.
///
/// # Errors
///
/// [`CompareError`] if one of them cannot be read.
pub fn diff(left: &Path, right: &Path, settings: Settings) -> Result<Diff, CompareError> {
    require_file(left)?;
    require_file(right)?;
    let (first, lines) = first_difference(left, right)?;
    let origins = Origins::of(left, right);
    let mut diff = Diff { first, origins, events: (lines, lines), ..Diff::default() };
    if diff.is_same() {
        return Ok(diff);
    }
    let settings = comparison::Settings {
        memory_bytes: settings.memory_bytes,
        matching: Some(Matching::Content),
        times_survive: Some(true),
        ..comparison::Settings::default()
    };
    let (mut users, mut sessions) = (HashMap::new(), HashMap::new());
    let received = [right.to_owned()];
    let compared = compare(left, &received, &settings, &mut |difference| {
        let Some(counts) = diff.add(difference) else { return };
        let event = event_of(difference);
        for (name, by_name) in [("user_id", &mut users), ("session_id", &mut sessions)] {
            add_to(by_name, text_of(event.line, name), counts);
        }
    })?;
    diff.events = (compared.sent, compared.received);
    diff.users = Touched::of(users);
    diff.sessions = Touched::of(sessions);
    Ok(diff)
}

fn add_to(by_name: &mut HashMap<String, Counts>, name: Option<String>, counts: Counts) {
    let Some(name) = name else { return };
    if by_name.len() < Touched::MOST || by_name.contains_key(&name) {
        by_name.entry(name).or_default().add(counts);
    }
}

/// The first line in which the files differ, and how many lines they have in common until then.
fn first_difference(
    left: &Path,
    right: &Path,
) -> Result<(Option<FirstDifference>, u64), CompareError> {
    let mut lines = [Lines::open(left)?, Lines::open(right)?];
    let [left, right] = &mut lines;
    let mut same = 0;
    loop {
        match (left.next()?, right.next()?) {
            (None, None) => return Ok((None, same)),
            (Some(a), Some(b)) if a == b => same += 1,
            (a, b) => {
                let text = |line: Option<&[u8]>| Some(String::from_utf8_lossy(line?).into_owned());
                let first = FirstDifference { line: same + 1, left: text(a), right: text(b) };
                return Ok((Some(first), same));
            }
        }
    }
}

struct Lines {
    name: String,
    lines: LineReader<Box<dyn std::io::BufRead + Send>>,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, ReadError> {
        let name = path.display().to_string();
        match open(path) {
            Ok(input) => Ok(Self { name, lines: LineReader::new(input) }),
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    fn next(&mut self) -> Result<Option<&[u8]>, ReadError> {
        match self.lines.next_line() {
            Ok(line) => Ok(line.map(|(_, line)| line)),
            Err(source) => Err(ReadError::Io { name: self.name.clone(), source }),
        }
    }
}

fn event_of<'a>(difference: &Difference<'a>) -> Located<'a> {
    match difference {
        Difference::Missing(event)
        | Difference::Unexpected(event)
        | Difference::Duplicated(event)
        | Difference::Late(event, _)
        | Difference::Unreadable(event, _)
        | Difference::Altered { sent: event, .. }
        | Difference::OutOfOrder { sent: event, .. } => *event,
    }
}

fn text_of(line: &[u8], name: &str) -> Option<String> {
    let [raw] = scan::members(line, [name]).ok()?;
    scan::text(raw?).ok().map(std::borrow::Cow::into_owned)
}

impl Diff {
    /// Counts a difference, and tells as what; none if it is part of one that was counted.
    fn add(&mut self, difference: &Difference<'_>) -> Option<Counts> {
        let counts = match difference {
            Difference::Missing(_) => Counts { removed: 1, ..Counts::default() },
            Difference::Unexpected(_) | Difference::Duplicated(_) | Difference::Unreadable(..) => {
                Counts { added: 1, ..Counts::default() }
            }
            // Another time is a change of its own, already counted.
            Difference::OutOfOrder { sent, received }
                if time_of(sent.line) != time_of(received.line) =>
            {
                return None;
            }
            Difference::OutOfOrder { .. } | Difference::Late(..) => {
                Counts { moved: 1, ..Counts::default() }
            }
            Difference::Altered { changes, received, .. } => self.add_changes(changes, received),
        };
        let event_type = text_of(event_of(difference).line, "event_type").unwrap_or_default();
        self.by_type.entry(event_type).or_default().add(counts);
        self.total.add(counts);
        Some(counts)
    }

    fn add_changes(&mut self, changes: &[FieldChange], received: &Located<'_>) -> Counts {
        if self.changes.len() < CHANGES_KEPT {
            let list: Vec<String> = changes
                .iter()
                .map(|change| format!("{} {} -> {}", change.field, change.sent, change.received))
                .collect();
            self.changes.push(format!("line {}: {}", received.number, list.join(", ")));
        }
        if changes.iter().all(|change| change.field == "event_time") {
            return Counts { moved: 1, ..Counts::default() };
        }
        Counts { changed: 1, ..Counts::default() }
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.moved += other.moved;
    }

    fn sum(self) -> u64 {
        self.added + self.removed + self.changed + self.moved
    }
}
