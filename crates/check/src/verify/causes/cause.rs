//! A probable cause of findings.

use std::fmt;

use serde::{Serialize, Serializer};

use event_simulator::quantity::grouped;

use crate::verify::finding::FindingKind;

/// A probable cause, or the word that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The kind of finding that it is the cause of.
    pub kind: FindingKind,
    /// The findings that it explains; 0 if no pattern was found.
    pub explained: u64,
    /// The findings of the kind that were to be explained.
    pub found: u64,
    /// The tables or columns in which it shows; empty for events.
    pub place: String,
    /// The cause in words; empty if no pattern was found.
    pub reason: String,
}

impl Cause {
    pub(in crate::verify) fn new(
        kind: FindingKind,
        explained: u64,
        found: u64,
        reason: String,
    ) -> Self {
        Self { kind, explained, found, place: String::new(), reason }
    }

    /// The cause, as it shows in these tables or columns.
    pub(super) fn in_place(self, place: String) -> Self {
        Self { place, ..self }
    }

    /// What is wrong, without where it shows in tables and how much it explains.
    pub(in crate::verify) fn headline(&self) -> String {
        let Self { kind, place, reason, .. } = self;
        if place.is_empty() { format!("{kind}: {reason}") } else { reason.clone() }
    }

    /// The word that so many findings of a kind have no pattern.
    pub(in crate::verify) fn unknown(kind: FindingKind, found: u64) -> Self {
        Self::new(kind, 0, found, String::new())
    }

    /// True if something is named.
    pub fn is_named(&self) -> bool {
        self.explained > 0
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, explained, found, place, reason } = self;
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        if self.is_named() {
            write!(
                f,
                "{kind}: {place}{reason} (explains {} of {})",
                grouped(*explained),
                grouped(*found)
            )
        } else {
            write!(f, "{kind}: no pattern found in {}", grouped(*found))
        }
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
