//! `expect`: what an analytics pipeline must report for a timeline.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::HumanCount;

use event_simulator::expectations::{Expectations, Notes, Tables, csv_files, json};
use event_simulator_timeline::{DigestReader, ReadDigest};
use event_simulator_timeline::{
    ReadAhead, SimulationReader, TimelineReader, open_digested, write_whole,
};

use crate::args::scenario::{ScenarioOverrides, compile};
use crate::failure::Failure;
use crate::view::progress::EventMeter;

/// Write the tables that a correct analytics pipeline must report for a timeline
///
/// Six tables as CSV (`page_engagement`, `session_metrics`, `click_through_rates`, `event_counts`,
/// `funnels`, `users_active`) and all of them in `expectations.json`, with the timeline's BLAKE3 digest.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  event-simulator expect events.jsonl -o expected
  event-simulator expect events.jsonl.zst | jq .tables.users_active
  event-simulator expect --scenario normal-traffic --seed 7 -o expected
  event-simulator verify --expected expected --actual warehouse-export

The timeline is read once, in bounded memory. Dates are UTC; docs/expectations.md defines every column.")]
pub(crate) struct ExpectArgs {
    /// Timeline (JSONL or CSV, plain, .gz or .zst; - for standard input)
    #[arg(required_unless_present = "scenario", conflicts_with = "scenario")]
    timeline: Option<PathBuf>,

    /// Simulate a scenario, a file or a shipped one, instead of reading a timeline
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,

    #[command(flatten)]
    overrides: ScenarioOverrides,

    /// Directory to write to, made if needed; without it the JSON goes to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &ExpectArgs) -> Result<(), Failure> {
    let (name, result) = match (&args.scenario, &args.timeline) {
        (Some(scenario), _) => (scenario.clone(), simulated(scenario, &args.overrides)?),
        (None, Some(_)) if args.overrides != ScenarioOverrides::default() => {
            let reason =
                "overrides such as --seed change a scenario, not a timeline: use --scenario";
            return Err(Failure::Usage(reason.to_owned()));
        }
        (None, Some(timeline)) => (timeline.display().to_string(), read(timeline)?),
        (None, None) => return Err(Failure::Usage("name a timeline or a --scenario".to_owned())),
    };
    warn(&name, &result.notes);
    if let Some(directory) = &args.output {
        return write_directory(directory, &result);
    }
    let document = json(&result.tables, &result.notes, &result.blake3);
    let document = document.map_err(|error| Failure::Failed(error.to_string()))?;
    io::stdout().write_all(&document).map_err(Failure::io("cannot write standard output"))
}

struct Observed {
    tables: Tables,
    notes: Notes,
    blake3: String,
}

fn read(timeline: &Path) -> Result<Observed, Failure> {
    let name = timeline.display().to_string();
    let opened = open_digested(timeline).map_err(Failure::io(format!("cannot open {name}")))?;
    observe(&name, opened)
}

fn simulated(scenario: &str, overrides: &ScenarioOverrides) -> Result<Observed, Failure> {
    let loaded = overrides.load(Some(scenario))?;
    if loaded.scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so neither have its tables: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let model = compile(&loaded)?;
    let simulation = SimulationReader::new(model.simulate(model.seed()));
    let (input, digest) = DigestReader::new(simulation);
    let input = ReadAhead::start(input).map_err(Failure::io("cannot start a thread"))?;
    observe(scenario, (input, digest))
}

/// Observes every event of `input`, which messages call `name`.
fn observe(name: &str, (input, digest): (ReadAhead, ReadDigest)) -> Result<Observed, Failure> {
    let mut reader = TimelineReader::new(name, Box::new(input))?;
    let mut expectations = Expectations::new();
    let mut meter = EventMeter::new("reading");
    while let Some(event) = reader.next_event()? {
        expectations
            .observe(&event)
            .map_err(|error| Failure::Failed(format!("{name}: {error}")))?;
        meter.tick();
    }
    meter.finish();
    let (tables, notes) = expectations.finish_with_notes();
    Ok(Observed { tables, notes, blake3: digest.finish() })
}

fn warn(name: &str, notes: &Notes) {
    if notes.sessions_without_start > 0 {
        tell!(
            "warning: in {name}, {} sessions do not begin with session_created: either the timeline \
             is not whole, or sessions of one user overlap, and then they are counted more than once",
            HumanCount(notes.sessions_without_start)
        );
    }
}

fn write_directory(directory: &Path, observed: &Observed) -> Result<(), Failure> {
    let shown = directory.display();
    fs::create_dir_all(directory).map_err(Failure::io(format!("cannot make {shown}")))?;
    let broken = |error: &dyn std::fmt::Display| Failure::Failed(error.to_string());
    let mut files = csv_files(&observed.tables).map_err(|error| broken(&error))?;
    let document = json(&observed.tables, &observed.notes, &observed.blake3);
    files.push(("expectations.json".to_owned(), document.map_err(|error| broken(&error))?));
    for (name, contents) in &files {
        let path = directory.join(name);
        write_whole(&path, contents)
            .map_err(Failure::io(format!("cannot write {}", path.display())))?;
    }
    let events = HumanCount(observed.notes.events);
    tell!("{shown}: what a pipeline must report for {events} events, in {} files", files.len());
    Ok(())
}
