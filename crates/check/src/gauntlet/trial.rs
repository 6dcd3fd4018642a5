//! One run of a pipeline on a file of arrivals, and what it is worth.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use event_simulator::policy::IntakeReport;
use event_simulator::scenario::policy::PolicySpec;

use crate::comparison::CompareOptions;
use crate::minimize::{CompletedRun, RunningCommand, TIMED_OUT};
use crate::verify::{
    ArrivalSource, Cause, Details, Finding, FindingKind, Findings, Report, Subject, verify_events,
    verify_tables, verify_tables_under,
};

use super::config::{CheckedOutput, EVENTS, GauntletConfig, OUT, POLICY, usual_tables_under};
use super::error::GauntletError;
use super::score::CaseOutcome;
use super::truth::{write_counted, write_tables};

/// Between two looks at whether a command has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// What is kept of the tables that are wrong in a case.
const MARKED_TABLES: usize = 1;
const MARKED_ROWS: usize = 5;

/// A folder in which a pipeline is run.
pub(super) struct Trial<'a> {
    config: &'a GauntletConfig,
    policy: PolicySpec,
    is_interrupted: &'a (dyn Fn() -> bool + Sync),
    folder: PathBuf,
}

/// A run that has ended.
pub(super) struct EndedRun {
    exit: i32,
    reason: String,
    /// The tables that it wrote, of those of every timeline.
    pub(super) tables: Vec<&'static str>,
}

impl<'a> Trial<'a> {
    /// A trial under a policy in a folder, which is made.
    pub(super) fn new(
        config: &'a GauntletConfig,
        policy: PolicySpec,
        is_interrupted: &'a (dyn Fn() -> bool + Sync),
        folder: PathBuf,
    ) -> Result<Self, GauntletError> {
        fs::create_dir_all(&folder).map_err(GauntletError::io(&folder))?;
        let trial = Self { config, policy, is_interrupted, folder };
        let policy = trial.path("policy.yaml");
        let text = serde_json::to_vec_pretty(&trial.policy).unwrap_or_default();
        fs::write(&policy, text).map_err(GauntletError::io(&policy))?;
        Ok(trial)
    }

    /// The file of arrivals.
    pub(super) fn arrivals(&self) -> PathBuf {
        self.path("arrivals.jsonl")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn out(&self) -> PathBuf {
        match self.config.checked {
            CheckedOutput::Tables(_) => self.path("out"),
            CheckedOutput::Cleaned => self.path("cleaned.jsonl"),
        }
    }

    /// Runs the command on the arrivals; none if the deadline comes first.
    pub(super) fn run(&self, deadline: Option<Instant>) -> Result<Option<EndedRun>, GauntletError> {
        let (arrivals, out) = (self.arrivals(), self.out());
        self.clear(&out)?;
        let command = self.config.command.with_paths(&[
            (EVENTS, &arrivals),
            (OUT, &out),
            (POLICY, &self.path("policy.yaml")),
        ]);
        let input = Some(&*arrivals).filter(|_| !self.config.command.mentions(EVENTS));
        let mut running = command.start(input, None, Some(self.config.timeout))?;
        let Some(exit) = self.wait(&mut running, deadline)? else { return Ok(None) };
        self.ended(&running.completed(exit)).map(Some)
    }

    fn clear(&self, out: &Path) -> Result<(), GauntletError> {
        match self.config.checked {
            CheckedOutput::Tables(_) => {
                if out.exists() {
                    fs::remove_dir_all(out).map_err(GauntletError::io(out))?;
                }
                fs::create_dir_all(out).map_err(GauntletError::io(out))
            }
            CheckedOutput::Cleaned if out.exists() => {
                fs::remove_file(out).map_err(GauntletError::io(out))
            }
            CheckedOutput::Cleaned => Ok(()),
        }
    }

    fn wait(
        &self,
        running: &mut RunningCommand,
        deadline: Option<Instant>,
    ) -> Result<Option<i32>, GauntletError> {
        loop {
            if let Some(exit) = running.poll().map_err(GauntletError::io(&self.folder))? {
                return Ok(Some(exit));
            }
            if (self.is_interrupted)() {
                return Err(GauntletError::Interrupted);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(None);
            }
            thread::sleep(PAUSE);
        }
    }

    fn ended(&self, run: &CompletedRun) -> Result<EndedRun, GauntletError> {
        let path = self.path("output.txt");
        let mut file = File::create(&path).map_err(GauntletError::io(&path))?;
        run.write_output(&mut file)
            .and_then(|()| file.flush())
            .map_err(GauntletError::io(&path))?;
        let tail = run.tail().map_err(GauntletError::io(&path))?;
        let ended = match run.exit {
            TIMED_OUT => format!("it was killed after {:?}", self.config.timeout),
            exit => format!("exit code {exit}"),
        };
        let last =
            tail.reason.as_deref().map(|line| format!(": {}", line.trim())).unwrap_or_default();
        let reason = format!("{ended}{last}{}", tail.under("\nIt said:"));
        Ok(EndedRun { exit: run.exit, reason, tables: self.written_tables() })
    }

    /// The names of files and folders that it wrote, without what follows a dot.
    fn written_names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path("out")).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter_map(|name| name.split('.').next().map(str::to_owned)).collect()
    }

    /// The usual tables of which there is a file or a folder.
    fn written_tables(&self) -> Vec<&'static str> {
        let names = self.written_names();
        usual_tables_under(&self.policy).filter(|table| names.contains(*table)).collect()
    }

    /// A text with the words for the paths that the command was given.
    fn with_words(&self, text: &str) -> String {
        let text = text.replace(&*self.arrivals().to_string_lossy(), EVENTS);
        text.replace(&*self.out().to_string_lossy(), OUT)
    }

    /// Holds what the command wrote against the truth. Which rule is not followed is looked for only if that is asked: the
    /// tables are computed again for it many times.
    pub(super) fn judge(
        &self,
        ended: &EndedRun,
        tables: &[&str],
        wants_causes: bool,
    ) -> Result<(CaseOutcome, IntakeReport), GauntletError> {
        let mut wrong = BTreeSet::new();
        let mut each = |finding: &Finding| {
            wrong.insert(row(finding));
        };
        let findings = Findings::new(Some(&mut each));
        let (policy, arrivals) = (&self.policy, self.arrivals());
        let (judged, intake) = match self.config.checked {
            CheckedOutput::Tables(_) => {
                let expected = self.path("expected");
                let names = self.written_names();
                // A pipeline need not write a file for a table without rows.
                let is_wanted = |table: &str, has_rows| {
                    tables.contains(&table) && (has_rows || names.contains(table))
                };
                let (intake, wanted) = write_tables(policy, &arrivals, is_wanted, &expected)?;
                let tolerances = &self.config.tolerances;
                let out = self.out();
                let judged = if wanted == 0 {
                    Ok(None)
                } else if wants_causes {
                    let source = ArrivalSource { arrivals: &arrivals, policy };
                    verify_tables_under(&expected, &out, tolerances, source, findings).map(Some)
                } else {
                    verify_tables(&expected, &out, tolerances, findings).map(Some)
                };
                (judged.map_err(|error| error.to_string()), intake)
            }
            CheckedOutput::Cleaned => {
                let expected = self.path("counted.jsonl");
                let intake = write_counted(policy, &arrivals, &expected)?;
                let options = CompareOptions { check_order: false, ..CompareOptions::default() };
                let judged = verify_events(&expected, &[self.out()], &options, findings);
                (judged.map(Some).map_err(|error| error.to_string()), intake)
            }
        };
        let failed = |reason| CaseOutcome::Failed { exit: ended.exit, reason };
        let mut outcome = match judged {
            _ if ended.exit != 0 => failed(ended.reason.clone()),
            _ if tables.is_empty() && self.config.checked != CheckedOutput::Cleaned => {
                failed(format!("it wrote no table that is known into {OUT}"))
            }
            Err(reason) => failed(reason),
            Ok(Some(report)) if !report.counts.is_empty() => {
                not_handled(&report, wrong.len() as u64)
            }
            Ok(_) => CaseOutcome::Handled,
        };
        match &mut outcome {
            CaseOutcome::Handled => {}
            CaseOutcome::NotHandled { first, .. } => *first = self.with_words(first),
            CaseOutcome::Failed { reason, .. } => *reason = self.with_words(reason),
        }
        Ok((outcome, intake))
    }
}

/// What tells apart the rows and events that findings are about.
fn row(finding: &Finding) -> String {
    match &finding.details {
        Details::Cell { table, key, .. } | Details::Row { table, key } => {
            format!("{table} {}", key.join("\0"))
        }
        Details::AlteredEvent { sent, .. } => sent.clone(),
        _ => finding.to_string(),
    }
}

/// True for a cause of more than half of all that is wrong.
fn explains_most(cause: &Cause, report: &Report) -> bool {
    let all: u64 = report.counts.values().sum();
    cause.is_named() && cause.explained * 2 > all
}

fn not_handled(report: &Report, wrong: u64) -> CaseOutcome {
    let expected = match &report.subject {
        Subject::Events { compared, .. } | Subject::Counted { compared, .. } => compared.sent,
        Subject::Tables { rows, .. } => *rows as u64,
    };
    let count = |kind| report.counts.get(&kind).copied().unwrap_or(0);
    let too_many = [FindingKind::Unexpected, FindingKind::Duplicated, FindingKind::Unreadable];
    let too_many: u64 = too_many.into_iter().map(count).sum();
    // A cell says more than a row that is missing.
    let order = [FindingKind::Altered, FindingKind::Duplicated, FindingKind::Unexpected];
    let first = order.iter().chain(&FindingKind::ALL).find_map(|kind| report.first.get(kind));
    let first = first.and_then(|first| first.first()).map(|finding| match finding.kind {
        FindingKind::Altered => finding.to_string(),
        kind => format!("{kind}: {finding}"),
    });
    CaseOutcome::NotHandled {
        wrong,
        of: expected + too_many,
        first: first.unwrap_or_default(),
        causes: report
            .causes
            .iter()
            .filter(|cause| explains_most(cause, report))
            .map(ToString::to_string)
            .collect(),
        marked: report
            .marked
            .iter()
            .filter(|table| !table.rows.is_empty())
            .take(MARKED_TABLES)
            .map(|table| table.cut(MARKED_ROWS))
            .collect(),
    }
}
