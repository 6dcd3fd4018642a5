//! What was found.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It should be there and is not.
    Missing,
    /// It is there and should not be.
    Unexpected,
    /// It is there more than once.
    Duplicated,
    /// It is there with another value.
    Altered,
    /// It stands after a later event of the same user.
    OutOfOrder,
    /// It came long after newer events.
    Late,
    /// It cannot be read.
    Unreadable,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::Unexpected,
        Self::Duplicated,
        Self::Altered,
        Self::OutOfOrder,
        Self::Late,
        Self::Unreadable,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Duplicated => "duplicated",
            Self::Altered => "altered",
            Self::OutOfOrder => "out of order",
            Self::Late => "late",
            Self::Unreadable => "unreadable",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Of what kind.
    pub kind: Kind,
    /// What, in one line.
    pub what: String,
    /// The same for programs.
    pub details: Value,
}

/// Everything that is wrong: all of it counted, the first of each kind kept, all of it handed on.
#[derive(Default)]
pub struct Findings<'a> {
    counts: BTreeMap<Kind, u64>,
    /// The first of each kind, by order.
    first: BTreeMap<Kind, Vec<(u64, Finding)>>,
    each: Option<&'a mut dyn FnMut(&Finding)>,
}

/// Findings of a kind that are kept.
const KEPT: usize = 10;

impl<'a> Findings<'a> {
    /// Findings that are also handed to `each`, one by one.
    pub fn new(each: Option<&'a mut dyn FnMut(&Finding)>) -> Self {
        Self { each, ..Self::default() }
    }

    /// Adds a finding, which is described only if somebody will read of it. `order` decides which are
    /// the first.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        order: u64,
        describe: impl FnOnce() -> (String, Value),
    ) {
        *self.counts.entry(kind).or_default() += 1;
        let first = self.first.entry(kind).or_default();
        let is_kept = first.len() < KEPT || first.last().is_some_and(|(last, _)| order < *last);
        if !is_kept && self.each.is_none() {
            return;
        }
        let (what, details) = describe();
        let finding = Finding { kind, what, details };
        if let Some(each) = &mut self.each {
            each(&finding);
        }
        if is_kept {
            let position = first.partition_point(|(other, _)| *other <= order);
            first.insert(position, (order, finding));
            first.truncate(KEPT);
        }
    }

    /// The report over all findings.
    pub(super) fn report(self, subject: String, causes: Vec<String>) -> Report {
        let first = self.first.into_iter();
        Report {
            subject,
            counts: self.counts,
            causes,
            first: first
                .map(|(kind, found)| (kind, found.into_iter().map(|(_, f)| f).collect()))
                .collect(),
        }
    }
}

/// What was compared, what was found, and why it probably is so.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was compared, and how.
    pub subject: String,
    /// How many of each kind.
    pub counts: BTreeMap<Kind, u64>,
    /// Probable causes, the likeliest first.
    pub causes: Vec<String>,
    /// The first of each kind.
    pub first: BTreeMap<Kind, Vec<Finding>>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }
}
