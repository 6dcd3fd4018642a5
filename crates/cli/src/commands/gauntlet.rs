//! `gauntlet`: a pipeline run on everything that can go wrong with events until they arrive.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use event_simulator::quantity::{parse_duration, show_bytes, show_duration};
use event_simulator_check::gauntlet::{
    CASES, CheckedOutput, GauntletCase, GauntletConfig, GauntletError, OUT, junit, run_gauntlet,
};
use event_simulator_check::minimize::{CommandLine, RunError};
use event_simulator_check::verify::Tolerances;
use event_simulator_timeline::write_whole;

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::args::policy;
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::interrupt::Interrupt;
use crate::standard_output::{ResultArgs, print_result};
use crate::view::progress::Ticker;

/// Run a pipeline through everything that can go wrong with events until they arrive
///
/// Each case is a small scenario with one kind of fault: late events, copies, wrong clocks, bots and so on. COMMAND is run
/// on what arrives in it, and the tables that it writes are held against those that are right under a policy, as `expect
/// --policy` gives them. For a case that is not handled, the smallest part of what arrives is looked for on which COMMAND
/// is still wrong.
///
/// COMMAND is run without a shell. {events} in it stands for the path of a file with what arrives, as JSON lines (without
/// it they come on standard input); {out} for a folder for tables as CSV, or with --cleaned for a file of events as
/// JSON lines; {policy} for a file with the policy, as JSON.
#[derive(Debug, Args)]
#[command(
    override_usage = "event-simulator gauntlet [OPTIONS] -- <COMMAND>...\n       event-simulator gauntlet --list",
    after_help = "\
Examples:
  event-simulator gauntlet \\
      -- python3 pipeline.py {events} {out}
  event-simulator gauntlet --policy rules.yaml \\
      --tables sessions,event_counts \\
      -- ./pipeline {events} {out}
  event-simulator gauntlet --only duplicates,late \\
      --keep kept -- ./pipeline {events} {out} {policy}
  event-simulator gauntlet --cleaned --json card.json \\
      --junit junit.xml -- ./clean --from={events} \\
      --to={out}
  event-simulator gauntlet --list

Tables are the six of docs/expectations.md, attribution and policy_funnels, as many of them as COMMAND writes in \
any case, or those of --tables.

Exit code: 0 if all cases are handled, 1 if one is not, 2 for wrong usage."
)]
pub(crate) struct GauntletArgs {
    /// Rules that the pipeline is meant to follow: a policy file, or a shipped policy (docs/policies.md)
    #[arg(long, value_name = "POLICY", default_value = DEFAULT_POLICY)]
    policy: String,

    /// Scenario whose policy it is: with `--policy scenario`
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,

    /// Run these cases only, such as late,bots; may be repeated
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    only: Vec<String>,

    /// List the cases, with the bugs that each reveals
    #[arg(long, conflicts_with = "command")]
    list: bool,

    /// Tables that COMMAND has to write, such as sessions,users; may be repeated [default: those of the six, attribution
    /// and funnels, that it writes in any case]
    #[arg(long, value_name = "TABLE", value_delimiter = ',', conflicts_with = "cleaned")]
    tables: Vec<String>,

    /// {out} is a file with the events that count, as JSON lines, instead of tables
    #[arg(long)]
    cleaned: bool,

    /// How far numbers may be apart: 0.01, 1% or COLUMN=0.5; may be repeated
    #[arg(long, value_name = "[COLUMN=]AMOUNT", conflicts_with = "cleaned")]
    tolerance: Vec<String>,

    /// Kill a run of COMMAND that takes longer
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    timeout: Duration,

    /// Time for finding the smallest example of a case
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    minimize_for: Duration,

    /// Do not look for the smallest examples
    #[arg(long, conflicts_with = "minimize_for")]
    no_minimize: bool,

    /// Cases side by side
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,

    /// Keep in this folder, for each case: what arrived, what COMMAND wrote and said, and what is right
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Print the score card as JSON on standard output, and no report for people; with FILE write it there, beside the report
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,

    /// Write the score card as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    #[command(flatten)]
    html: HtmlArgs,

    /// Command to run, with {events} and {out}
    #[arg(last = true, required_unless_present = "list", value_name = "COMMAND")]
    command: Vec<OsString>,
}

const DEFAULT_POLICY: &str = "web";

pub(crate) fn run(args: &GauntletArgs) -> Result<(), Failure> {
    let cases = cases(&args.only)?;
    if args.list {
        return print_result(&list(&cases));
    }
    let (json_file, junit_file) = (args.json_file(), args.junit.as_deref());
    refuse_shared([("--json", json_file), ("--junit", junit_file), args.html.file()])?;
    let config = config(args)?;
    let interrupt = Interrupt::listen()?;
    let (done, total) = (Arc::new(Mutex::new((0, ""))), cases.len());
    let shown = Arc::clone(&done);
    let ticker = Ticker::start(move |elapsed| {
        let (begun, name) = *shown.lock().unwrap_or_else(PoisonError::into_inner);
        format!("case {begun} of {total}, {name}, {}", show_duration(elapsed))
    });
    let is_interrupted = || interrupt.is_pressed();
    let card = run_gauntlet(&config, &cases, &is_interrupted, &|case| {
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        *done = (done.0 + 1, case.name);
    })?;
    drop(ticker);
    if let Some(path) = json_file {
        let text = serde_json::to_string_pretty(&card)
            .map_err(|error| Failure::Failed(error.to_string()))?;
        write(path, &(text + "\n"))?;
    }
    if let Some(path) = &args.junit {
        write(path, &junit(&card))?;
    }
    args.html.write(&card, JsonOutput::File("--json", json_file))?;
    ResultArgs { json: args.json.is_some() && json_file.is_none() }.print(&card, &card)?;
    if let Some(folder) = &args.keep {
        let size = show_bytes(bytes_in(folder));
        note!("{}: what arrived and was written in each case, {size}", folder.display());
    }
    if interrupt.is_pressed() {
        return Err(Failure::Interrupted);
    }
    if card.is_clean() { Ok(()) } else { Err(Failure::Reported) }
}

/// The bytes of all files in a folder, as far as it can be read.
fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

impl GauntletArgs {
    /// The file for the score card as JSON.
    fn json_file(&self) -> Option<&Path> {
        self.json.as_deref().filter(|path| path.as_os_str() != "-")
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text.as_bytes())
        .map_err(Failure::io(format!("cannot write {}", path.display())))
}

fn cases(only: &[String]) -> Result<Vec<&'static GauntletCase>, Failure> {
    if only.is_empty() {
        return Ok(CASES.iter().collect());
    }
    let find = |name: &String| {
        GauntletCase::find(name).ok_or_else(|| {
            let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
            Failure::Usage(format!("there is no case {name:?}; they are {}", names.join(", ")))
        })
    };
    only.iter().map(find).collect()
}

fn list(cases: &[&GauntletCase]) -> String {
    let line = |case: &&GauntletCase| {
        format!("{:13} {}\n{:13} reveals {}\n", case.name, case.what(), "", case.reveals())
    };
    cases.iter().map(line).collect()
}

fn config(args: &GauntletArgs) -> Result<GauntletConfig, Failure> {
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Failure::Usage("a command is needed after --".to_owned()));
    };
    let command = CommandLine { program: program.clone(), args: rest.to_vec() };
    if !command.mentions(OUT) {
        let reason = format!("the command needs {OUT} where the path stands that it writes to");
        return Err(Failure::Usage(reason));
    }
    let tolerances = args.tolerance.iter().map(|text| text.parse::<Tolerances>());
    let keep = args.keep.as_deref().map(std::path::absolute).transpose();
    let beside = args.json_file().and_then(Path::parent).unwrap_or(Path::new(""));
    Ok(GauntletConfig {
        command,
        policy: policy::named(&args.policy, args.scenario.as_deref())?,
        flags: flags(args),
        checked: if args.cleaned {
            CheckedOutput::Cleaned
        } else {
            CheckedOutput::Tables(args.tables.iter().map(table).collect::<Result<_, _>>()?)
        },
        tolerances: tolerances.collect::<Result<_, _>>().map_err(Failure::Usage)?,
        timeout: args.timeout,
        minimize_for: Some(args.minimize_for).filter(|_| !args.no_minimize),
        jobs: args.jobs.into(),
        keep: keep.map_err(Failure::io("cannot find the working directory"))?,
        examples: beside.to_owned(),
    })
}

fn table(name: &String) -> Result<&'static str, Failure> {
    let known = CheckedOutput::known_tables();
    known.iter().copied().find(|known| known == name).ok_or_else(|| {
        let names = known.join(", ");
        Failure::Usage(format!("there is no table {name:?} here; they are {names}"))
    })
}

/// The flags that decide what is right and what is checked, as they were given.
fn flags(args: &GauntletArgs) -> Vec<String> {
    let mut flags = Vec::new();
    let mut add = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    if args.policy != DEFAULT_POLICY {
        add("--policy", args.policy.clone());
    }
    if let Some(scenario) = &args.scenario {
        add("--scenario", scenario.clone());
    }
    if !args.tables.is_empty() {
        add("--tables", args.tables.join(","));
    }
    for tolerance in &args.tolerance {
        add("--tolerance", tolerance.clone());
    }
    if args.timeout != Duration::from_secs(60) {
        add("--timeout", format!("{}s", args.timeout.as_secs_f64()));
    }
    if args.cleaned {
        flags.push("--cleaned".to_owned());
    }
    flags
}

impl From<GauntletError> for Failure {
    fn from(error: GauntletError) -> Self {
        match error {
            GauntletError::Interrupted => Self::Interrupted,
            GauntletError::Run(RunError::Start { .. }) => Self::Usage(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}
