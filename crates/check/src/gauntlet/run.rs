//! All cases, one after the other or side by side.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::cases::{CASES, GauntletCase};
use super::config::{CheckedOutput, GauntletConfig};
use super::error::GauntletError;
use super::score::{CaseOutcome, CaseScore, ScoreCard};
use super::smallest::smallest;
use super::trial::{EndedRun, Trial};

/// Runs a pipeline through cases, until `is_interrupted` becomes true: then those that were run are judged, without looking for
/// examples. `on_run` is told of each case that begins.
///
/// # Errors
///
/// [`GauntletError`]. What the pipeline does wrong is in the score card, and no error.
pub fn run_gauntlet(
    config: &GauntletConfig,
    cases: &[&'static GauntletCase],
    is_interrupted: &(dyn Fn() -> bool + Sync),
    on_run: &(dyn Fn(&GauntletCase) + Sync),
) -> Result<ScoreCard, GauntletError> {
    let scratch = tempfile::Builder::new().prefix("event-simulator-gauntlet-").tempdir();
    let scratch = scratch.map_err(GauntletError::io(&std::env::temp_dir()))?;
    let gauntlet = Gauntlet { config, is_interrupted, on_run, scratch: scratch.path() };
    let jobs = config.jobs;
    let runs = side_by_side(jobs, cases, |case| unless_interrupted(gauntlet.run(case)))?;
    let runs: Vec<_> =
        cases.iter().zip(runs).filter_map(|(case, run)| Some((case, run?))).collect();
    let tables = match &config.checked {
        CheckedOutput::Cleaned => Vec::new(),
        CheckedOutput::Tables(tables) if !tables.is_empty() => tables.clone(),
        CheckedOutput::Tables(_) => {
            let mut tables: Vec<_> =
                runs.iter().flat_map(|(_, run)| run.ended.tables.clone()).collect();
            tables.sort_unstable();
            tables.dedup();
            tables
        }
    };
    let scores = side_by_side(jobs, &runs, |(case, run)| gauntlet.score(case, run, &tables))?;
    let is_handled = |score: &&CaseScore| score.outcome == CaseOutcome::Handled;
    let failed: Vec<&str> =
        scores.iter().filter(|score| !is_handled(score)).map(|score| score.name).collect();
    let again = match failed.as_slice() {
        [] => String::new(),
        all if all.len() == CASES.len() => again(config, ""),
        some => again(config, &some.join(",")),
    };
    let not_run = cases.len() - scores.len();
    Ok(ScoreCard { handled: scores.len() - failed.len(), not_run, tables, cases: scores, again })
}

/// A result; none where it was interrupted.
fn unless_interrupted<T>(result: Result<T, GauntletError>) -> Result<Option<T>, GauntletError> {
    match result {
        Err(GauntletError::Interrupted) => Ok(None),
        result => result.map(Some),
    }
}

/// A run of the pipeline on what arrives in a case.
struct CaseRun {
    ended: EndedRun,
    /// The number of things that each fault did.
    faults: BTreeMap<String, u64>,
}

struct Gauntlet<'a> {
    config: &'a GauntletConfig,
    is_interrupted: &'a (dyn Fn() -> bool + Sync),
    on_run: &'a (dyn Fn(&GauntletCase) + Sync),
    scratch: &'a Path,
}

impl Gauntlet<'_> {
    fn folder(&self, case: &GauntletCase) -> PathBuf {
        self.config.keep.as_deref().unwrap_or(self.scratch).join(case.name)
    }

    fn trial(&self, case: &GauntletCase, folder: PathBuf) -> Result<Trial<'_>, GauntletError> {
        let policy = case.policy(&self.config.policy)?;
        Trial::new(self.config, policy, self.is_interrupted, folder)
    }

    fn run(&self, case: &GauntletCase) -> Result<CaseRun, GauntletError> {
        if (self.is_interrupted)() {
            return Err(GauntletError::Interrupted);
        }
        (self.on_run)(case);
        let trial = self.trial(case, self.folder(case))?;
        let path = trial.arrivals();
        let mut file = BufWriter::new(File::create(&path).map_err(GauntletError::io(&path))?);
        let faults = case.write_arrivals(&mut file)?;
        file.flush().map_err(GauntletError::io(&path))?;
        // Without a deadline it always ends.
        let ended = trial.run(None)?.ok_or(GauntletError::Interrupted)?;
        Ok(CaseRun { ended, faults })
    }

    fn score(
        &self,
        case: &GauntletCase,
        run: &CaseRun,
        tables: &[&'static str],
    ) -> Result<CaseScore, GauntletError> {
        let trial = self.trial(case, self.folder(case))?;
        let (outcome, arrivals) = trial.judge(&run.ended, tables, true)?;
        let mut score = CaseScore {
            name: case.name,
            what: case.what(),
            reveals: case.reveals(),
            faults: run.faults.clone(),
            arrivals,
            outcome,
            smallest: None,
            again: again(self.config, case.name),
        };
        let file = match &self.config.keep {
            Some(_) => self.folder(case).join("smallest.jsonl"),
            None => self.config.examples.join(format!("gauntlet-{}.min.jsonl", case.name)),
        };
        if score.outcome == CaseOutcome::Handled && file.exists() {
            // That of a run before, in which it was not.
            fs::remove_file(&file).map_err(GauntletError::io(&file))?;
        }
        let limit = self.config.minimize_for.filter(|_| score.outcome != CaseOutcome::Handled);
        if let Some(deadline) = limit.and_then(|limit| Instant::now().checked_add(limit)) {
            (self.on_run)(case);
            let candidates = self.trial(case, self.scratch.join(format!("{}.min", case.name)))?;
            let whole = (&*trial.arrivals(), &score.outcome, tables);
            let found = unless_interrupted(smallest(&candidates, whole, deadline, &file))?;
            score.smallest = found.flatten();
        }
        Ok(score)
    }
}

/// The command line that runs cases again, or all if none are named.
fn again(config: &GauntletConfig, cases: &str) -> String {
    let mut words = vec!["event-simulator".to_owned(), "gauntlet".to_owned()];
    if !cases.is_empty() {
        words.extend(["--only".to_owned(), cases.to_owned()]);
    }
    words.extend(config.flags.iter().map(|word| quoted(word)));
    words.push("--".to_owned());
    let command = [&config.command.program].into_iter().chain(&config.command.args);
    words.extend(command.map(|word| quoted(&word.to_string_lossy())));
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./{}=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The results for all items, in their order, made on so many threads; or the first error.
fn side_by_side<T: Sync, R: Send, E: Send>(
    jobs: usize,
    items: &[T],
    make: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            let result = make(item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            made.push((number, result));
        }
        made
    };
    let mut made = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..jobs.clamp(1, items.len().max(1))).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(made) => made,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(join).collect::<Vec<(usize, Result<R, E>)>>()
    });
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_an_error_ends_the_work() {
        let items: Vec<u32> = (0..50).collect();
        for jobs in [0, 1, 3, 80] {
            let doubled = side_by_side(jobs, &items, |item| Ok::<u32, ()>(item * 2));
            assert_eq!(doubled.unwrap(), items.iter().map(|item| item * 2).collect::<Vec<_>>());
            let failed = side_by_side(jobs, &items, |item| if *item == 7 { Err(7) } else { Ok(0) });
            assert_eq!(failed, Err(7));
        }
    }

    #[test]
    fn words_are_quoted_as_shells_need_it() {
        for (word, shell) in
            [("{out}", "{out}"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(quoted(word), shell);
        }
    }
}
