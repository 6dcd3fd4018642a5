//! A command as the oracle of timelines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::command::{CommandLine, RunningCommand};
use super::completed::CompletedRun;
use super::condition::{ExitCondition, RunCondition};
use super::ddmin::{Found, Oracle};
use super::error::{NothingToFind, StopReason};
use super::lines::Lines;
use super::run_error::RunError;

/// The word for the path of the timeline in a command; without it the timeline comes on standard input.
const TIMELINE: &str = "{}";

/// The limits of a search.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Runs side by side; 0 is taken as 1.
    pub jobs: usize,
    /// A choice is interesting if it is so in one of so many runs; 0 is taken as 1.
    pub repeat: u32,
    /// A run that takes longer is killed; its exit code is [`TIMED_OUT`](super::TIMED_OUT).
    pub run_timeout: Option<Duration>,
    /// The end of the search.
    pub deadline: Option<Instant>,
}

/// Runs a command on choices of the lines of a timeline, each time in a temporary folder of its own
/// that holds the choice as `timeline.jsonl`.
pub struct Pipeline<'a> {
    lines: &'a Lines,
    command: CommandLine,
    limits: Limits,
    folder: TempDir,
    is_interrupted: Box<dyn Fn() -> bool + 'a>,
    on_run: Box<dyn FnMut() + 'a>,
}

impl<'a> Pipeline<'a> {
    /// A pipeline; the search ends when `is_interrupted` becomes true, and `on_run` is called whenever
    /// the command is run.
    ///
    /// # Errors
    ///
    /// That of the temporary folder.
    pub fn new(
        lines: &'a Lines,
        command: CommandLine,
        limits: Limits,
        is_interrupted: impl Fn() -> bool + 'a,
        on_run: impl FnMut() + 'a,
    ) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("event-simulator-minimize-").tempdir()?;
        let (is_interrupted, on_run) = (Box::new(is_interrupted), Box::new(on_run));
        Ok(Self { lines, command, limits, folder, is_interrupted, on_run })
    }

    /// Runs the command on these lines.
    ///
    /// # Errors
    ///
    /// [`StopReason`].
    pub fn run(&mut self, lines: &[u32]) -> Result<CompletedRun, StopReason> {
        let mut run = self.start(lines)?;
        let pause = Pause::default();
        loop {
            if let Some(exit) = run.poll().map_err(|error| self.files(error))? {
                return Ok(run.completed(exit));
            }
            self.check_limits()?;
            pause.sleep();
        }
    }

    /// The failure that is looked for: what the command does on the whole timeline, and not on an empty
    /// one. If nothing is said of the exit code, it is that on the whole timeline; if nothing is said at
    /// all, it must be a failure.
    ///
    /// # Errors
    ///
    /// [`NothingToFind`].
    pub fn condition(
        &mut self,
        exit: Option<ExitCondition>,
        text: Option<String>,
    ) -> Result<RunCondition, NothingToFind> {
        let must_fail = exit.is_none() && text.is_none();
        let all = self.lines.all();
        let mut whole = self.run(&all)?;
        for _ in 1..self.limits.repeat {
            let wanted = match (exit, &text) {
                (None, None) => whole.exit != 0,
                (exit, text) => {
                    let exit = exit.unwrap_or(ExitCondition::Is(whole.exit));
                    RunCondition { exit, text: text.clone() }.holds(&whole)?
                }
            };
            if wanted {
                break;
            }
            whole = self.run(&all)?;
        }
        let tail = || whole.tail().map_err(RunError::Output);
        let condition = RunCondition { exit: exit.unwrap_or(ExitCondition::Is(whole.exit)), text };
        if !condition.holds(&whole)? {
            let (exit, tail) = (whole.exit, tail()?);
            return Err(NothingToFind::NotOnTheWhole { exit, condition, tail });
        }
        if whole.exit == 0 && must_fail {
            return Err(NothingToFind::Success);
        }
        if self.meets(&condition, &[])?.is_some() {
            return Err(NothingToFind::OnNothing { condition, tail: tail()? });
        }
        Ok(condition)
    }

    /// The run on these lines in which the condition holds, of as many as a choice gets.
    ///
    /// # Errors
    ///
    /// [`StopReason`].
    pub fn meets(
        &mut self,
        condition: &RunCondition,
        lines: &[u32],
    ) -> Result<Option<CompletedRun>, StopReason> {
        for _ in 0..self.limits.repeat.max(1) {
            let run = self.run(lines)?;
            if condition.holds(&run)? {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// The oracle to which those choices are interesting on which the condition holds.
    pub fn oracle(&mut self, condition: RunCondition) -> PipelineOracle<'_, 'a> {
        PipelineOracle { pipeline: self, condition }
    }

    fn start(&mut self, lines: &[u32]) -> Result<RunningCommand, RunError> {
        let (folder, path) = self.write(lines).map_err(|error| self.files(error))?;
        let command = self.command.with_paths(&[(TIMELINE, &path)]);
        let input = Some(&*path).filter(|_| !self.command.mentions(TIMELINE));
        let run = command.start(input, Some(folder), self.limits.run_timeout)?;
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

    fn check_limits(&self) -> Result<(), StopReason> {
        if (self.is_interrupted)() {
            return Err(StopReason::Interrupted);
        }
        match self.limits.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(StopReason::TimeLimit),
            _ => Ok(()),
        }
    }
}

/// A choice of lines on which the command runs.
struct Candidate {
    run: RunningCommand,
    lines: Vec<u32>,
    /// How many times it has been run, this one included.
    runs: u32,
}

/// See [`Pipeline::oracle`].
pub struct PipelineOracle<'p, 'a> {
    pipeline: &'p mut Pipeline<'a>,
    condition: RunCondition,
}

impl Oracle for PipelineOracle<'_, '_> {
    type Stop = StopReason;

    /// Runs some candidates side by side, each until the condition holds or it has had its runs. When it holds
    /// on one, those behind are killed, but those before are waited for: the first in order wins, not the
    /// first in time.
    fn first_interesting(
        &mut self,
        candidates: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<Option<Found>, StopReason> {
        let Self { pipeline, condition } = self;
        let mut candidates = candidates.enumerate();
        let mut running: BTreeMap<usize, Candidate> = BTreeMap::new();
        let mut first = None;
        let mut pause = Pause::default();
        loop {
            while first.is_none() && running.len() < pipeline.limits.jobs.max(1) {
                let Some((index, lines)) = candidates.next() else { break };
                let run = pipeline.start(&lines)?;
                running.insert(index, Candidate { run, lines, runs: 1 });
            }
            if running.is_empty() {
                return Ok(first);
            }
            pipeline.check_limits()?;
            let mut ended = None;
            for (&index, candidate) in &mut running {
                let exit = candidate.run.poll().map_err(|error| pipeline.files(error))?;
                if let Some(exit) = exit {
                    ended = Some((index, exit));
                    break;
                }
            }
            let Some((index, exit)) = ended else {
                pause.sleep();
                continue;
            };
            pause = Pause::default();
            let Some(Candidate { run, lines, runs }) = running.remove(&index) else { continue };
            if condition.holds(&run.completed(exit))? {
                drop(running.split_off(&index));
                first = Some(Found { index, items: lines });
            } else if runs < pipeline.limits.repeat {
                let run = pipeline.start(&lines)?;
                running.insert(index, Candidate { run, lines, runs: runs + 1 });
            }
        }
    }
}

/// Between two looks at what runs passes a part of the time since the last one ended, so that looking
/// costs little and lengthens no run by much.
struct Pause {
    since: Instant,
}

impl Default for Pause {
    fn default() -> Self {
        Self { since: Instant::now() }
    }
}

impl Pause {
    const PART: u32 = 20;
    const SHORTEST: Duration = Duration::from_micros(100);
    const LONGEST: Duration = Duration::from_millis(10);

    fn sleep(&self) {
        let part = self.since.elapsed() / Self::PART;
        thread::sleep(part.clamp(Self::SHORTEST, Self::LONGEST));
    }
}
