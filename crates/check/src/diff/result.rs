//! The difference of two timelines.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::{Serialize, Serializer};

use event_simulator::event::Field;

use crate::comparison::{Difference, EventRef, FieldChange, FirstDifference};

use super::origins::Origins;
use super::overlay::Overlay;

/// The name under which lines that are no events are counted.
const NO_EVENTS: &str = "(no event)";

/// Changed events that are kept.
const CHANGES_KEPT: usize = 5;

/// The difference of two timelines.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Diff {
    /// Events of the first and of the second timeline.
    pub events: (u64, u64),
    /// The first line that is not the same in both, blank ones not counted; none if all are.
    pub first: Option<FirstDifference>,
    /// Their origins.
    pub origins: Origins,
    /// By event type.
    pub by_type: BTreeMap<String, Counts>,
    /// All together.
    pub total: Counts,
    /// Users with a difference.
    pub users: Affected,
    /// Sessions with a difference.
    pub sessions: Affected,
    /// The first changed events.
    pub changes: Vec<ChangedEvent>,
    /// Both timelines over each other, if that is asked for and they are not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlay: Option<Overlay>,
}

/// The number of events that differ, by the way in which they do.
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

/// The users or sessions that have differences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// The number of them, up to [`Affected::MOST`].
    pub count: u64,
    /// The ones with the most differences, by name.
    pub most: Vec<(String, Counts)>,
}

/// An event with other values in the second timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedEvent {
    /// Its line in the second timeline.
    pub line: u64,
    /// The values.
    pub changes: Vec<FieldChange>,
}

impl Diff {
    /// True if the timelines have the same lines.
    pub fn is_same(&self) -> bool {
        self.first.is_none()
    }

    /// Counts a difference, and tells as what.
    pub(super) fn add(
        &mut self,
        difference: &Difference<'_>,
        event_type: Option<String>,
    ) -> Counts {
        let counts = match difference {
            Difference::Missing(_) => Counts { removed: 1, ..Counts::default() },
            Difference::Unexpected(_) | Difference::Duplicated(_) | Difference::Unreadable(..) => {
                Counts { added: 1, ..Counts::default() }
            }
            Difference::OutOfOrder { .. } | Difference::Late(..) => {
                Counts { moved: 1, ..Counts::default() }
            }
            Difference::Altered { changes, received, .. } => self.add_changes(changes, received),
        };
        // An event without a type stands under no name.
        self.by_type.entry(event_type.unwrap_or_default()).or_default().add(counts);
        self.total.add(counts);
        counts
    }

    /// Counts lines that are no events.
    pub(super) fn add_strays(&mut self, counts: Counts) {
        if counts != Counts::default() {
            self.by_type.entry(NO_EVENTS.to_owned()).or_default().add(counts);
            self.total.add(counts);
        }
    }

    fn add_changes(&mut self, changes: &[FieldChange], received: &EventRef<'_>) -> Counts {
        // An id has the time in it, so that another time gives another id.
        let is_moved = changes.iter().any(FieldChange::is_of_time);
        let is_told = |change: &&FieldChange| !is_moved || change.field != Field::EventId.name();
        let changes: Vec<FieldChange> = changes.iter().filter(is_told).cloned().collect();
        let counts = if changes.iter().all(FieldChange::is_of_time) {
            Counts { moved: 1, ..Counts::default() }
        } else {
            Counts { changed: 1, ..Counts::default() }
        };
        if self.changes.len() < CHANGES_KEPT {
            self.changes.push(ChangedEvent { line: received.number, changes });
        }
        counts
    }
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.moved += other.moved;
    }

    fn sum(self) -> u64 {
        self.added + self.removed + self.changed + self.moved
    }
}

impl Affected {
    /// The number at which counting ends.
    pub const MOST: usize = 100_000;
    const NAMED: usize = 5;

    pub(super) fn of(by_name: HashMap<String, Counts>) -> Self {
        let count = by_name.len() as u64;
        let mut most: Vec<(String, Counts)> = by_name.into_iter().collect();
        most.sort_by(|(a, of_a), (b, of_b)| of_b.sum().cmp(&of_a.sum()).then(a.cmp(b)));
        most.truncate(Self::NAMED);
        Self { count, most }
    }
}

impl fmt::Display for ChangedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        let mut separator = ": ";
        for change in &self.changes {
            write!(f, "{separator}{change}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl Serialize for ChangedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
