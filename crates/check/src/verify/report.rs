//! Everything that was found.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use event_simulator::printable::printable;
use event_simulator::quantity::grouped;

use crate::comparison::{Compared, MatchKey};

use super::account::Account;
use super::causes::Cause;
use super::finding::{Details, Finding, FindingKind};
use super::marked::MarkedTable;
use super::wrong_events::WrongEvents;

/// The findings that are kept of a kind.
const KEPT: usize = 10;

/// The findings that are shown of a kind, on the screen.
const SHOWN: usize = 3;

/// Everything that is wrong: all of it counted, the first of each kind kept, all of it handed on.
#[derive(Default)]
pub struct Findings<'a> {
    counts: BTreeMap<FindingKind, u64>,
    /// The first of each kind, by order.
    first: BTreeMap<FindingKind, Vec<(u64, Finding)>>,
    each: Option<&'a mut dyn FnMut(&Finding)>,
    /// Those of events, over time and by type.
    pub(super) wrong: WrongEvents,
    /// The tables that differ.
    pub(super) marked: Vec<MarkedTable>,
}

impl<'a> Findings<'a> {
    /// Findings that are also handed to `each`, one by one.
    pub fn new(each: Option<&'a mut dyn FnMut(&Finding)>) -> Self {
        Self { each, ..Self::default() }
    }

    /// Adds a finding, whose details are made only if somebody will read of it. `order` decides which are
    /// the first.
    pub(super) fn add(&mut self, kind: FindingKind, order: u64, details: impl FnOnce() -> Details) {
        *self.counts.entry(kind).or_default() += 1;
        let first = self.first.entry(kind).or_default();
        let is_kept = first.len() < KEPT || first.last().is_some_and(|(last, _)| order < *last);
        if !is_kept && self.each.is_none() {
            return;
        }
        let finding = Finding { kind, details: details() };
        if let Some(each) = &mut self.each {
            each(&finding);
        }
        if is_kept {
            let position = first.partition_point(|(other, _)| *other <= order);
            first.insert(position, (order, finding));
            first.truncate(KEPT);
        }
    }

    /// True if nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The number of all that were added.
    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The report over all findings.
    pub(super) fn report(self, subject: Subject, causes: Vec<Cause>) -> Report {
        let first = self
            .first
            .into_iter()
            .map(|(kind, first)| (kind, first.into_iter().map(|(_, finding)| finding).collect()));
        let mut report = Report {
            verdict: String::new(),
            sizes: subject.sizes(),
            subject,
            account: None,
            counts: self.counts,
            causes,
            first: first.collect(),
            wrong: self.wrong,
            marked: self.marked,
        };
        report.verdict = report.told_verdict();
        report
    }
}

/// The outcome of a comparison: its findings, and why they probably are.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The outcome in a line.
    pub verdict: String,
    /// The two sides.
    pub subject: Subject,
    /// How much of what was compared: events sent and received, or tables and rows expected.
    pub sizes: BTreeMap<&'static str, u64>,
    /// What became of all events, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The number of findings of each kind.
    pub counts: BTreeMap<FindingKind, u64>,
    /// Probable causes, the likeliest first.
    pub causes: Vec<Cause>,
    /// The first of each kind.
    pub first: BTreeMap<FindingKind, Vec<Finding>>,
    /// Those of events, over time and by type.
    #[serde(flatten)]
    pub wrong: WrongEvents,
    /// The first rows of each table that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marked: Vec<MarkedTable>,
}

impl Report {
    /// True if something was compared, and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty() && !self.subject.is_empty()
    }

    /// The outcome in a line: what is wrong in words, if a cause explains most of it, and how much of what.
    fn told_verdict(&self) -> String {
        if self.is_clean() {
            return "OK: nothing is missing, unexpected, duplicated or altered".to_owned();
        }
        if self.counts.is_empty() {
            return "Not OK: there is nothing to compare".to_owned();
        }
        let counts = self.counts.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count)));
        let counts = counts.collect::<Vec<_>>().join(", ");
        match self.main_cause() {
            Some(cause) => format!("Not OK: {} ({counts})", printable(&cause.headline())),
            None => format!("Not OK: {counts}"),
        }
    }

    /// The cause that explains more than half of all that is wrong, if there is one.
    fn main_cause(&self) -> Option<&Cause> {
        let all: u64 = self.counts.values().sum();
        let best = self.causes.iter().max_by_key(|cause| cause.explained)?;
        (best.is_named() && best.explained * 2 > all).then_some(best)
    }
}

/// The two sides that were compared.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Received events with the timeline that was sent.
    Events {
        /// The timeline.
        sent: PathBuf,
        /// The files with what was received.
        received: Vec<PathBuf>,
        /// The number of events, and the way in which they were matched.
        compared: Compared,
    },
    /// Received events with those that count of what arrived.
    Counted {
        /// What arrived.
        deliveries: PathBuf,
        /// The files with what was received.
        received: Vec<PathBuf>,
        /// The number of events, of which those sent are those that count, and the way in which they were matched.
        compared: Compared,
    },
    /// Computed tables with expected ones.
    Tables {
        /// The number of tables.
        tables: usize,
        /// The number of expected rows.
        rows: usize,
        /// The directory of the expected ones.
        expected: PathBuf,
        /// The directory of the computed ones.
        actual: PathBuf,
    },
}

impl Subject {
    fn sizes(&self) -> BTreeMap<&'static str, u64> {
        match self {
            Self::Events { compared, .. } | Self::Counted { compared, .. } => {
                [("sent", compared.sent), ("received", compared.received)].into()
            }
            Self::Tables { tables, rows, .. } => {
                [("tables", *tables as u64), ("rows", *rows as u64)].into()
            }
        }
    }

    /// True if there was nothing to compare.
    fn is_empty(&self) -> bool {
        match self {
            Self::Events { compared, .. } | Self::Counted { compared, .. } => {
                compared.sent == 0 && compared.received == 0
            }
            Self::Tables { tables, .. } => *tables == 0,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events { sent, received, compared } => {
                let count = grouped(compared.sent);
                write!(f, "{count} events sent ({}), ", sent.display())?;
                write_received(f, received, compared)
            }
            Self::Counted { deliveries, received, compared } => {
                let count = grouped(compared.sent);
                write!(f, "{count} events count ({}), ", deliveries.display())?;
                write_received(f, received, compared)
            }
            Self::Tables { tables, rows, expected, actual } => write!(
                f,
                "{tables} tables with {} rows expected ({}), compared with {}",
                grouped(*rows as u64),
                expected.display(),
                actual.display()
            ),
        }
    }
}

fn write_received(
    f: &mut fmt::Formatter<'_>,
    received: &[PathBuf],
    compared: &Compared,
) -> fmt::Result {
    let by = match compared.matching.key {
        MatchKey::EventId => "event_id",
        MatchKey::PropsEventId => "props.event_id",
        MatchKey::Content if compared.ids_are_lost => {
            "session, type, page and button, in order (no event_id survived)"
        }
        MatchKey::Content => "session, type, page and button, in order",
    };
    let by = if compared.received == 0 { String::new() } else { format!(", matched by {by}") };
    let are_compared = compared.matching.times_compared;
    let times = if are_compared { "" } else { "; times are not compared" };
    let files: Vec<String> = received.iter().map(|path| path.display().to_string()).collect();
    let (files, count) = (files.join(", "), grouped(compared.received));
    write!(f, "{count} received ({files}){by}{times}{}", compared.not_compared)
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Report {
    /// One screen: the outcome, what was compared, how many of what, why, and the first of each kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.verdict, printable(&self.subject.to_string()))?;
        if let Some(account) = &self.account {
            for line in account.to_string().lines() {
                write!(f, "\n{}", printable(line))?;
            }
        }
        if self.counts.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        if !self.causes.is_empty() {
            let is_named = self.causes.iter().any(Cause::is_named);
            writeln!(f, "\n{}:", if is_named { "Probably" } else { "Causes" })?;
            for cause in &self.causes {
                writeln!(f, "  - {}", printable(&cause.to_string()))?;
            }
        }
        write!(f, "\nFirst differences:")?;
        for (kind, findings) in &self.first {
            for finding in findings.iter().take(SHOWN) {
                write!(f, "\n  {kind}: {finding}")?;
            }
        }
        Ok(())
    }
}
