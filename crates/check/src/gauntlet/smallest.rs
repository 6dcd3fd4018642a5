//! The smallest part of what arrives on which a pipeline is still wrong in the same way.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use crate::minimize::{Found, Lines, Oracle, Structure, minimize};

use super::error::GauntletError;
use super::score::{CaseOutcome, SmallestExample};
use super::trial::Trial;

/// Looks for the smallest example until the deadline, runs candidates in `trial`, and writes the best to `file`.
///
/// None if the pipeline does not do the same on all lines again.
pub(super) fn smallest(
    trial: &Trial<'_>,
    (all, outcome, tables): (&Path, &CaseOutcome, &[&'static str]),
    deadline: Instant,
    file: &Path,
) -> Result<Option<SmallestExample>, GauntletError> {
    let lines = Lines::read(all).map_err(GauntletError::io(all))?;
    let structure = Structure::of(&lines).map_err(GauntletError::io(all))?;
    let mut left = lines.all();
    let mut last = None;
    let mut search =
        SmallestSearch { trial, lines: &lines, tables, outcome, deadline, last: &mut last };
    let is_minimal = match minimize(&structure, &mut left, &mut search, |_, _| {}) {
        Ok(()) => true,
        Err(SearchEnd::TimeIsUp) => false,
        Err(SearchEnd::Failed(error)) => return Err(error),
    };
    let Some(outcome) = last else { return Ok(None) };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(GauntletError::io(folder))?;
    }
    write(&lines, &left, file)?;
    Ok(Some(SmallestExample { lines: left.len(), is_minimal, file: file.to_owned(), outcome }))
}

fn write(lines: &Lines, choice: &[u32], path: &Path) -> Result<(), GauntletError> {
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        lines.write(choice, &mut file)?;
        file.flush()
    };
    write().map_err(GauntletError::io(path))
}

/// The oracle to which those lines are interesting on which the outcome is alike.
struct SmallestSearch<'s> {
    trial: &'s Trial<'s>,
    lines: &'s Lines,
    tables: &'s [&'static str],
    outcome: &'s CaseOutcome,
    deadline: Instant,
    /// How the pipeline did on the best so far.
    last: &'s mut Option<CaseOutcome>,
}

/// Why a search ended before it was done.
enum SearchEnd {
    TimeIsUp,
    Failed(GauntletError),
}

impl From<GauntletError> for SearchEnd {
    fn from(error: GauntletError) -> Self {
        Self::Failed(error)
    }
}

impl Oracle for SmallestSearch<'_> {
    type Stop = SearchEnd;

    fn first_interesting(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<Option<Found>, SearchEnd> {
        for (index, items) in candidates.enumerate() {
            write(self.lines, &items, &self.trial.arrivals())?;
            let Some(ended) = self.trial.run(Some(self.deadline))? else {
                return Err(SearchEnd::TimeIsUp);
            };
            let (outcome, _) = self.trial.judge(&ended, self.tables, false)?;
            if outcome.is_like(self.outcome) {
                *self.last = Some(outcome);
                return Ok(Some(Found { index, items }));
            }
        }
        Ok(None)
    }
}
