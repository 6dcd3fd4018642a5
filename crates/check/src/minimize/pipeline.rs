//! A command as the judge of timelines.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::pending;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::run::Run;
use super::{CommandLine, Found, Judge, Lines, Ran, RunError, Wanted};

/// How much may be run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Runs side by side; 0 is taken as 1.
    pub jobs: usize,
    /// A run that takes longer is killed; its exit code is [`TIMED_OUT`](super::TIMED_OUT).
    pub run_timeout: Option<Duration>,
    /// When the search ends.
    pub deadline: Option<Instant>,
    /// Becomes true when the user wants the search to end.
    pub interrupted: watch::Receiver<bool>,
}

/// Why the search ended before it was done.
#[derive(Debug)]
pub enum Stop {
    /// The time was up.
    TimeLimit,
    /// The user wanted it.
    Interrupted,
    /// The command could not be run.
    Failed(RunError),
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Failed(error)
    }
}

/// Runs a command on choices of the lines of a timeline, each time in a temporary folder of its own
/// that holds the choice as `timeline.jsonl`.
pub struct Pipeline<'a> {
    runs: Runs<'a>,
    runtime: Runtime,
}

struct Runs<'a> {
    lines: &'a Lines,
    command: CommandLine,
    limits: Limits,
    folder: TempDir,
    on_run: Box<dyn FnMut() + 'a>,
}

impl<'a> Pipeline<'a> {
    /// A pipeline; `on_run` is called whenever the command is run.
    pub fn new(
        lines: &'a Lines,
        command: CommandLine,
        limits: Limits,
        on_run: impl FnMut() + 'a,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let folder = tempfile::Builder::new().prefix("event-simulator-minimize-").tempdir()?;
        let on_run = Box::new(on_run);
        Ok(Self { runs: Runs { lines, command, limits, folder, on_run }, runtime })
    }

    /// Runs the command on these lines.
    pub fn run(&mut self, lines: &[u32]) -> Result<Ran, Stop> {
        let Self { runs, runtime } = self;
        runtime.block_on(async {
            let run = runs.start(lines)?;
            tokio::select! {
                stop = stopped(runs.limits.clone()) => Err(stop),
                ran = run.finish() => Ok(ran.map_err(|error| runs.files(error))?),
            }
        })
    }

    /// The judge to whom those choices are interesting on which the command ends as wanted.
    pub fn judge(&mut self, wanted: Wanted) -> PipelineJudge<'_, 'a> {
        PipelineJudge { pipeline: self, wanted }
    }
}

/// See [`Pipeline::judge`].
pub struct PipelineJudge<'p, 'a> {
    pipeline: &'p mut Pipeline<'a>,
    wanted: Wanted,
}

impl Judge for PipelineJudge<'_, '_> {
    type Stop = Stop;

    fn first_interesting(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<Option<Found>, Stop> {
        let Pipeline { runs, runtime } = &mut *self.pipeline;
        runtime.block_on(runs.first_wanted(candidates, &self.wanted))
    }
}

impl Runs<'_> {
    /// Runs some candidates side by side. When one ends as wanted, those behind it are killed, but
    /// those before it are waited for: the first in order wins, not the first in time.
    async fn first_wanted(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
        wanted: &Wanted,
    ) -> Result<Option<Found>, Stop> {
        let mut stopped = pin!(stopped(self.limits.clone()));
        let mut candidates = candidates.enumerate();
        let mut running = JoinSet::new();
        let mut open: BTreeMap<usize, (AbortHandle, Vec<u32>)> = BTreeMap::new();
        let mut first = None;
        loop {
            while first.is_none() && open.len() < self.limits.jobs.max(1) {
                let Some((index, lines)) = candidates.next() else { break };
                let run = self.start(&lines)?;
                let task = running.spawn(async move { (index, run.finish().await) });
                open.insert(index, (task, lines));
            }
            let ended = tokio::select! {
                biased;
                stop = &mut stopped => {
                    running.shutdown().await;
                    return Err(stop);
                }
                ended = running.join_next() => ended,
            };
            let Some(ended) = ended else { return Ok(first) };
            let Ok((index, ran)) = ended else { continue };
            let holds =
                ran.and_then(|ran| wanted.holds(&ran)).map_err(|error| self.files(error))?;
            let Some((_, items)) = open.remove(&index) else { continue };
            if holds {
                open.split_off(&index).into_values().for_each(|(task, _)| task.abort());
                first = Some(Found { index, items });
            }
        }
    }

    fn start(&mut self, lines: &[u32]) -> Result<Run, RunError> {
        let (folder, path) = self.write(lines).map_err(|error| self.files(error))?;
        let run = self.command.start(&path, folder, self.limits.run_timeout)?;
        (self.on_run)();
        Ok(run)
    }

    fn write(&self, lines: &[u32]) -> io::Result<(TempDir, PathBuf)> {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(self.folder.path())?;
        let path = folder.path().join("timeline.jsonl");
        let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
        self.lines.write(lines, &mut file)?;
        file.flush()?;
        Ok((folder, path))
    }

    fn files(&self, source: io::Error) -> RunError {
        RunError::Files { folder: self.folder.path().display().to_string(), source }
    }
}

/// Resolves when the search has to end.
async fn stopped(mut limits: Limits) -> Stop {
    let time_is_up = async {
        match limits.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => pending().await,
        }
    };
    let is_interrupted = async {
        if limits.interrupted.wait_for(|&interrupted| interrupted).await.is_err() {
            pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = is_interrupted => Stop::Interrupted,
        () = time_is_up => Stop::TimeLimit,
    }
}
