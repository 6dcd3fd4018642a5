//! `watch`: what a scenario gives, anew at each save.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;

use event_simulator::model::Model;

use super::plan::PlanReport;
use crate::args::scenario::{ScenarioOverrides, compile};
use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// Show what a scenario gives while it is being edited: its problems, or its plan and first events
///
/// The file is looked at a few times a second, and shown anew when it has changed, until Ctrl+C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator watch shop.yaml
  event-simulator watch shop.yaml --events 5 --once")]
pub(crate) struct WatchArgs {
    /// Scenario file
    scenario: PathBuf,

    /// First events that are shown
    #[arg(long, value_name = "N", default_value_t = 3)]
    events: usize,

    /// Show it once and exit, with code 2 if the scenario has problems
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    overrides: ScenarioOverrides,
}

const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Moves to the top left, and clears what is below.
const CLEAR: &str = "\x1b[H\x1b[2J";

pub(crate) fn run(args: &WatchArgs) -> Result<(), Failure> {
    if args.once {
        let text = shown(args)?;
        return print(&text);
    }
    let interrupt = Interrupt::listen()?;
    let is_terminal = io::stdout().is_terminal();
    let mut seen = None;
    while !interrupt.is_pressed() {
        let now = Some(stamp(&args.scenario));
        if now != seen {
            seen = now;
            let text = shown(args).unwrap_or_else(|failure| failure.to_string());
            let clear = if is_terminal { CLEAR } else { "" };
            print(&format!("{clear}{}\n\n{text}", args.scenario.display()))?;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}

/// Whatever changes when the file is saved, also where an editor puts another in its place; none if it is not there.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let file = path.metadata().ok()?;
    Some((file.modified().ok()?, file.len()))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    written.map_err(Failure::io("cannot write standard output"))
}

/// The plan of a scenario and its first events.
fn shown(args: &WatchArgs) -> Result<String, Failure> {
    let loaded = args.overrides.load(Some(&args.scenario.display().to_string()))?;
    let model = compile(&loaded)?;
    let mut text = PlanReport::of(&model, &loaded.scenario).text();
    let _ = write!(text, "\n\nFirst events:");
    for line in first_lines(&model, args.events) {
        let _ = write!(text, "\n{line}");
    }
    Ok(text)
}

fn first_lines(model: &Model, events: usize) -> Vec<String> {
    let simulation = model.simulate(model.seed());
    // An event always has a JSON text.
    simulation.take(events).filter_map(|event| serde_json::to_string(&event).ok()).collect()
}
