//! `minimize`: the smallest timeline on which a command still fails.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use event_simulator::quantity::parse_duration;
use event_simulator_check::minimize::{
    CommandLine, CompletedRun, ExitCondition, Limits, Lines, NothingToFind, Pipeline, RunCondition,
    RunError, StopReason, Structure, minimize, stays_minimal,
};
use event_simulator_timeline::{Compression, OutputFile};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::standard_output::{ResultArgs, print_json};
use crate::view::minimize::{SearchMeter, SearchSummary};

/// Find the smallest timeline on which a command still fails
///
/// COMMAND is run on the whole timeline, and then on ever smaller parts of it: users are left out
/// first, then sessions, then single events, as long as COMMAND ends as it did on the whole. None of
/// the events that remain can be left out. A session keeps its `session_created`, an action or an
/// exit its `page_visited`.
///
/// COMMAND is run without a shell. Each {} in it stands for the path of the timeline to try; if there
/// is none, the timeline comes on its standard input.
#[derive(Debug, Args)]
#[command(
    override_usage = "event-simulator minimize [OPTIONS] <TIMELINE> -- <COMMAND>...",
    after_help = "\
Examples:
  event-simulator minimize events.jsonl \\
      -- python3 pipeline.py {}
  event-simulator minimize events.jsonl --grep KeyError \\
      -- python3 pipeline.py --input={}
  event-simulator minimize events.jsonl \\
      --interesting-if 'exit == 3' --jobs 4 -- ./load
  event-simulator minimize events.jsonl.zst \\
      --run-timeout 5s -- sh -c 'jq -e .props {} | sort'

The smallest timeline found so far is always in the output file, also while the search goes on, and after Ctrl+C \
(exit code 130) or --time-limit (exit code 0)."
)]
pub(crate) struct MinimizeArgs {
    /// Timeline: JSON lines, plain, .gz or .zst, Parquet or Arrow; `-` for standard input
    timeline: PathBuf,

    /// File to write; `-` for standard output [default: events.min.jsonl for events.jsonl]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How COMMAND has to end: 'exit == 3' or 'exit != 0' [default: as on the whole timeline]
    #[arg(long, value_name = "CONDITION")]
    interesting_if: Option<ExitCondition>,

    /// Text that COMMAND's output has to contain, on standard output or standard error
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,

    /// Kill a run of COMMAND that takes longer; its exit code is 124
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    run_timeout: Option<Duration>,

    /// End the search after this time, with the smallest timeline found so far
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    time_limit: Option<Duration>,

    /// Runs of COMMAND on each candidate, until one fails: for a command that does not always do the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,

    /// Runs side by side; the result does not depend on it
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,

    #[command(flatten)]
    result: ResultArgs,

    /// Command to run, with {} for the timeline
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs on the result, all of which have to end as those before.
const LAST_RUNS: usize = 3;

pub(crate) fn run(args: &MinimizeArgs) -> Result<(), Failure> {
    let output = args.output.clone().unwrap_or_else(|| default_output(&args.timeline));
    if args.result.json && output.as_os_str() == "-" {
        let reason = "--json: standard output has the timeline: name a file with -o";
        return Err(Failure::Usage(reason.to_owned()));
    }
    check_output(&args.timeline, &output)?;
    let interrupt = Interrupt::listen()?;
    let started = Instant::now();
    let mut meter = SearchMeter::new();
    let unreadable = || Failure::io(format!("cannot minimize {}", args.timeline.display()));
    let lines = Lines::read(&args.timeline).map_err(unreadable())?;
    let structure = Structure::of(&lines).map_err(unreadable())?;
    let limits = Limits {
        jobs: args.jobs.into(),
        repeat: args.repeat,
        run_timeout: args.run_timeout,
        deadline: args.time_limit.and_then(|limit| started.checked_add(limit)),
    };
    let (is_interrupted, on_run) = (|| interrupt.is_pressed(), meter.run_counter());
    let mut pipeline =
        Pipeline::new(&lines, command_line(args)?, limits, is_interrupted, on_run)
            .map_err(Failure::io("cannot make a temporary folder; TMPDIR names another place"))?;

    let mut left = lines.all();
    let condition = pipeline.condition(args.interesting_if, args.grep.clone())?;
    let mut oracle = pipeline.oracle(condition.clone());
    let keep = |level, left: &[u32]| {
        meter.show_left(level, left.len());
        if can_be_replaced(&output) {
            // In case the program is killed. What counts is whether the last one succeeds.
            let _ = write(&output, &lines, left);
        }
    };
    let search = minimize(&structure, &mut left, &mut oracle, keep)
        .and_then(|()| stays_minimal(&structure, &mut left, &mut oracle, keep));
    write(&output, &lines, &left)?;
    let last = search.and_then(|is_minimal| {
        let runs = (0..LAST_RUNS).map(|_| pipeline.meets(&condition, &left));
        let runs = runs.collect::<Result<Option<Vec<_>>, _>>()?;
        Ok(runs.and_then(|mut runs| runs.pop()).filter(|_| is_minimal))
    });
    meter.finish();

    let summary = SearchSummary {
        output: &output,
        left: structure.size(&left),
        whole: structure.size(&lines.all()),
        runs: meter.runs(),
        elapsed: started.elapsed(),
    };
    report(args, &summary, &condition, last)
}

fn report(
    args: &MinimizeArgs,
    summary: &SearchSummary<'_>,
    condition: &RunCondition,
    on_the_rest: Result<Option<CompletedRun>, StopReason>,
) -> Result<(), Failure> {
    if args.result.json {
        let is_minimal = matches!(on_the_rest, Ok(Some(_)));
        print_json(&SearchResult { summary, condition: condition.to_string(), is_minimal })?;
    }
    let say = |text: fmt::Arguments<'_>| {
        if !args.result.json {
            note!("{text}");
        }
    };
    match on_the_rest {
        Ok(Some(run)) => {
            let said = run.tail().map_err(RunError::Output)?.under("\nOn them it says:");
            say(format_args!("{summary}"));
            say(format_args!(
                "None can be left out if the command is to end with {condition}{said}"
            ));
            Ok(())
        }
        Ok(None) => Err(Failure::Failed(format!(
            "{summary}\nbut the command does not always do the same on the same events, so more can \
             perhaps be left out, or these are too few: --repeat {} takes a candidate as failing if it \
             fails in one of so many runs",
            args.repeat.saturating_mul(4).max(5)
        ))),
        Err(StopReason::TimeLimit) => {
            say(format_args!(
                "{summary}\nThe time limit ended the search: more can perhaps be left out"
            ));
            Ok(())
        }
        Err(StopReason::Interrupted) => {
            say(format_args!("{summary}\nInterrupted: more can perhaps be left out"));
            Err(Failure::Interrupted)
        }
        Err(StopReason::Failed(error)) => Err(Failure::Failed(format!("{summary}\n{error}"))),
    }
}

/// A search that has ended, and whether none of what is left can be left out.
#[derive(Serialize)]
struct SearchResult<'a> {
    #[serde(flatten)]
    summary: &'a SearchSummary<'a>,
    condition: String,
    is_minimal: bool,
}

fn command_line(args: &MinimizeArgs) -> Result<CommandLine, Failure> {
    match args.command.split_first() {
        Some((program, args)) => Ok(CommandLine { program: program.clone(), args: args.to_vec() }),
        None => Err(Failure::Usage("a command is needed after --".to_owned())),
    }
}

impl From<NothingToFind> for Failure {
    fn from(error: NothingToFind) -> Self {
        match error {
            NothingToFind::Stopped(StopReason::Interrupted) => Self::Interrupted,
            NothingToFind::Stopped(StopReason::Failed(RunError::Start { .. })) => {
                Self::Usage(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// `events.min.jsonl` beside `events.jsonl.zst`.
fn default_output(timeline: &Path) -> PathBuf {
    if timeline.as_os_str() == "-" {
        return "timeline.min.jsonl".into();
    }
    let mut path = timeline.to_owned();
    for endings in [&["gz", "zst"][..], &["jsonl", "ndjson", "json", "parquet", "arrow"]] {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| endings.contains(&extension)) {
            path.set_extension("");
        }
    }
    let mut name = path.into_os_string();
    name.push(".min.jsonl");
    name.into()
}

/// Refuses before the search an output that cannot be written after it.
fn check_output(timeline: &Path, output: &Path) -> Result<(), Failure> {
    if !can_be_replaced(output) {
        return Ok(());
    }
    if let (Ok(timeline), Ok(output)) = (fs::canonicalize(timeline), fs::canonicalize(output))
        && timeline == output
    {
        let reason = format!("{} is the timeline itself; -o names another file", output.display());
        return Err(Failure::Usage(reason));
    }
    OutputFile::create(output, Compression::None).map(drop).map_err(cannot_write(output))
}

/// True if the output is a file, which holds the best so far while the search goes on.
fn can_be_replaced(output: &Path) -> bool {
    output.as_os_str() != "-" && OutputFile::is_regular(output)
}

fn write(output: &Path, lines: &Lines, choice: &[u32]) -> Result<(), Failure> {
    if output.as_os_str() == "-" {
        let mut stdout = BufWriter::new(io::stdout().lock());
        let written = lines.write(choice, &mut stdout).and_then(|()| stdout.flush());
        return written.map_err(Failure::io("cannot write standard output"));
    }
    let write = || {
        let file = OutputFile::create(output, Compression::from_name(output))?;
        let mut file = BufWriter::new(file);
        lines.write(choice, &mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    };
    write().map_err(cannot_write(output))
}

fn cannot_write(output: &Path) -> impl FnOnce(io::Error) -> Failure {
    Failure::io(format!("cannot write {}", output.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_named_after_the_timeline() {
        for (timeline, output) in [
            ("events.jsonl", "events.min.jsonl"),
            ("a/events.jsonl.zst", "a/events.min.jsonl"),
            ("events.gz", "events.min.jsonl"),
            ("events.log", "events.log.min.jsonl"),
            ("-", "timeline.min.jsonl"),
        ] {
            assert_eq!(default_output(Path::new(timeline)), Path::new(output));
        }
    }
}
