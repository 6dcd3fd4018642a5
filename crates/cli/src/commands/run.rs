//! `run`: simulates and sends, live.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::args::config_flags::ConfigFlags;
use crate::args::replay_output::OutputArgs;
use crate::args::scenario::{ScenarioArgs, compile, replay_config};
use crate::commands::replay::send;
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::view::replay::View;
use event_simulator::model::Model;
use event_simulator::scenario::AtEnd;
use event_simulator_replay::{LineSource, Replay};
use event_simulator_timeline::SimulationReader;

/// Simulate a scenario and send its events as they happen
///
/// The timeline is that of `generate`; each event is sent when its virtual time has come, at the pace
/// of the wall clock unless --speed says otherwise. What the scenario says under `advanced` holds:
/// `verbose`, `stats_interval`, `retry_on_failure`, `max_retries`, `user_agent`, `save_to_file` and
/// `output_file`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator run                                  ./event_simulator_config.yaml, in real time
  event-simulator run load-test --speed 60             an hour in a minute
  event-simulator run continuous                       until Ctrl+C
  event-simulator run quick-test --url http://staging/api/events --header 'X-Key: ${KEY}'

Exit code: 0 if every event was delivered, 1 if not, 2 for a bad scenario or usage, 130 after Ctrl+C
(once: what is in flight settles and the totals are printed; twice: at once).")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    #[command(flatten)]
    flags: ConfigFlags<false>,

    /// Also write the timeline to FILE while sending, as `advanced.save_to_file` does
    ///
    /// It is written as it is simulated, which is some lines ahead of what is sent.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,

    /// Overrides `advanced.stats_interval`: seconds between statistics, 0 only at the end
    #[arg(long, value_name = "SECONDS", help_heading = "Output")]
    stats_interval: Option<f64>,

    /// One line for each event on standard error, as `advanced.verbose` does
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
}

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let loaded = args.scenario.load()?;
    let model = compile(&loaded)?;
    let mut config = replay_config(&loaded)?;
    args.flags.apply(&mut config)?;
    let advanced = &loaded.scenario.advanced;
    let saved = args
        .save
        .clone()
        .or_else(|| advanced.save_to_file.then(|| PathBuf::from(&advanced.output_file)));
    refuse_shared(args.output.files().into_iter().chain([
        ("the scenario", Some(Path::new(loaded.source.name()))),
        ("--save", saved.as_deref()),
        ("--dead-letters", config.records.dead_letters.as_deref()),
    ]))?;
    let mut timeline = SimulationReader::new(model.simulate(model.seed()));
    if let Some(path) = saved {
        let file =
            File::create(&path).map_err(Failure::io(format!("cannot write {}", path.display())))?;
        timeline = timeline.with_copy(Box::new(file));
    }
    tell!(
        "{}: {} users, seed {}, to {}; {}; Ctrl+C stops",
        loaded.source.name(),
        model.users(),
        model.seed(),
        config.target,
        end_of(&model),
    );
    let source = LineSource::new(loaded.source.name().to_owned(), Box::new(timeline), &config);
    let interval_seconds = args.stats_interval.unwrap_or(advanced.stats_interval);
    let interval =
        Duration::try_from_secs_f64(interval_seconds).ok().filter(|interval| !interval.is_zero());
    let view = View::new(interval, args.verbose || advanced.verbose);
    send(Replay::new(config), Box::new(source), view, &args.output, None)
}

/// The moment of virtual time at which all is over.
fn end_of(model: &Model) -> String {
    let end = model.last_end_ms().and_then(|end_ms| model.start().checked_add_millis(end_ms));
    match (end, model.at_end()) {
        (None, _) => "without end".to_owned(),
        (Some(end), AtEnd::Cut) => format!("cut at {end}"),
        (Some(end), AtEnd::Finish) => format!("the last session ends by {end}"),
    }
}
