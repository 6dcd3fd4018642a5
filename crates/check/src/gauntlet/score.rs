//! The score card.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::PathBuf;

use serde::Serialize;

use event_simulator::policy::IntakeReport;
use event_simulator::printable::printable;
use event_simulator::quantity::grouped;

use crate::verify::MarkedTable;

/// How a pipeline did in each case.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreCard {
    /// The cases that are handled.
    pub handled: usize,
    /// Cases that were not run, as it was interrupted.
    #[serde(skip_serializing_if = "is_zero")]
    pub not_run: usize,
    /// The tables that were compared; none if cleaned events were.
    pub tables: Vec<&'static str>,
    /// Each case.
    pub cases: Vec<CaseScore>,
    /// The command line that runs those again that are not handled; empty if all are.
    pub again: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How a pipeline did in a case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseScore {
    /// The name of the case.
    pub name: &'static str,
    /// What happens in it.
    pub what: &'static str,
    /// The bugs that it reveals.
    pub reveals: &'static str,
    /// The number of things that each fault did.
    pub faults: BTreeMap<String, u64>,
    /// What becomes of what arrives, under the policy.
    pub arrivals: IntakeReport,
    /// How it went.
    pub outcome: CaseOutcome,
    /// The smallest part of what arrives on which it goes the same way, if that was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smallest: Option<SmallestExample>,
    /// The command line that runs the case again.
    pub again: String,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOutcome {
    /// All is as it must be.
    Handled,
    /// Something is wrong.
    NotHandled {
        /// Rows or events that are wrong, missing or too many.
        wrong: u64,
        /// Rows or events that were expected, and those that are too many.
        of: u64,
        /// The first difference.
        first: String,
        /// Causes that the differences point to.
        causes: Vec<String>,
        /// The first rows that differ of the first tables that do; none of cleaned events.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        marked: Vec<MarkedTable>,
    },
    /// The command did not do its work.
    Failed {
        /// Its exit code.
        exit: i32,
        /// The reason, with the last that it wrote.
        reason: String,
    },
}

/// The smallest part of what arrives on which a pipeline is still wrong.
#[derive(Clone, Debug, Serialize)]
pub struct SmallestExample {
    /// The lines that are left.
    pub lines: usize,
    /// True if none of them can be left out; else the time was up.
    pub is_minimal: bool,
    /// The file that has them.
    pub file: PathBuf,
    /// How the pipeline does on them.
    pub outcome: CaseOutcome,
}

impl ScoreCard {
    /// True if every case is handled, and there was one.
    pub fn is_clean(&self) -> bool {
        self.handled == self.cases.len() && self.not_run == 0 && !self.cases.is_empty()
    }

    /// True if even the case without faults is not handled.
    pub fn is_wrong_anyway(&self) -> bool {
        let mut cases = self.cases.iter();
        cases.any(|case| case.name == WITHOUT_FAULTS && case.outcome != CaseOutcome::Handled)
    }

    /// The outcome in a line.
    pub fn verdict(&self) -> String {
        let is_ok = if self.is_clean() { "OK" } else { "Not OK" };
        let mut text = format!("{is_ok}: {} of {} handled", self.handled, self.cases.len());
        if self.not_run > 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {} not run (interrupted)", self.not_run);
        }
        if !self.tables.is_empty() {
            text += ", by ";
            text += &self.tables.join(", ");
        }
        text
    }
}

impl CaseOutcome {
    /// True for two outcomes of the same kind.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed { exit, .. }, Self::Failed { exit: other, .. }) => exit == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The name of the case without faults.
const WITHOUT_FAULTS: &str = "clean";

/// Characters of a difference that are shown.
const SHOWN_CHARACTERS: usize = 110;

/// The first line of a text, cut, without what a terminal would obey.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}...", printable(&line[..end])),
        None => printable(line).into_owned(),
    }
}

impl fmt::Display for CaseOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handled => write!(f, "handled"),
            Self::NotHandled { wrong, of, first, .. } => {
                write!(
                    f,
                    "NOT handled: {} of {} wrong; {}",
                    grouped(*wrong),
                    grouped(*of),
                    short(first)
                )
            }
            Self::Failed { reason, .. } => write!(f, "FAILED: {}", short(reason)),
        }
    }
}

/// Columns of the name of a case, and of what stands below it.
const NAME_COLUMNS: usize = 14;
const BELOW: usize = NAME_COLUMNS + 3;

/// Cases above which the score card says at its end, too, how many are handled: its beginning is out of sight.
const MANY_CASES: usize = 5;

impl CaseScore {
    /// A line, and some more for a case that is not handled: what it points to, and what shows it. Where even the case
    /// without faults is wrong, that alone says more: the others mean nothing until it is mended.
    fn write(&self, f: &mut fmt::Formatter<'_>, is_wrong_anyway: bool) -> fmt::Result {
        write!(f, "  {:NAME_COLUMNS$} ", self.name)?;
        let causes = match &self.outcome {
            CaseOutcome::NotHandled { wrong, of, .. }
                if is_wrong_anyway && self.name != WITHOUT_FAULTS =>
            {
                return write!(f, "NOT handled: {} of {} wrong", grouped(*wrong), grouped(*of));
            }
            outcome @ CaseOutcome::Handled => return write!(f, "{outcome}"),
            outcome @ CaseOutcome::NotHandled { causes, .. } => {
                write!(f, "{outcome}")?;
                causes.as_slice()
            }
            outcome @ CaseOutcome::Failed { .. } => {
                write!(f, "{outcome}")?;
                &[]
            }
        };
        if let Some(cause) = causes.first() {
            write!(f, "\n{:BELOW$}{}", "", printable(cause))?;
        }
        if !is_wrong_anyway {
            write!(f, "\n{:BELOW$}a sign of {}", "", self.reveals)?;
        }
        if let Some(SmallestExample { lines, file, outcome, .. }) = &self.smallest {
            let show = if *lines == 1 { "line shows" } else { "lines show" };
            let file = file.display().to_string();
            write!(f, "\n{:BELOW$}{lines} {show} it, {}", "", printable(&file))?;
            if let CaseOutcome::NotHandled { first, .. } = outcome {
                write!(f, ": {}", short(first))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for CaseScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl fmt::Display for ScoreCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict())?;
        let is_wrong_anyway = self.is_wrong_anyway();
        if is_wrong_anyway {
            write!(f, "\nIt is wrong even without faults (clean): mend that first")?;
        }
        for case in &self.cases {
            f.write_str("\n")?;
            case.write(f, is_wrong_anyway)?;
        }
        if self.cases.len() - self.handled > MANY_CASES {
            write!(f, "\n{}", self.verdict())?;
        }
        if !self.again.is_empty() {
            write!(f, "\nagain: {}", printable(&self.again))?;
        }
        Ok(())
    }
}
