//! `run`: simulates and sends, live.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::args::config_flags::ConfigFlags;
use crate::args::replay_output::{OutputArgs, Simulated};
use crate::args::scenario::{ScenarioArgs, compile, replay_config};
use crate::args::wire_format::tell_losses;
use crate::commands::replay::{Origin, refuse_overwriting, send};
use crate::failure::Failure;
use crate::view::replay::View;
use event_simulator::model::Model;
use event_simulator::quantity::{grouped, show_seconds};
use event_simulator::scenario::AtEnd;
use event_simulator::simulation::Shard;
use event_simulator::time::VirtualTime;
use event_simulator_replay::{LineSource, Replay, ReplayPace, Speed};
use event_simulator_timeline::SimulationReader;

/// Simulate a scenario and send its events as they happen
///
/// Each event is sent when its virtual time has come, at the pace of the wall clock unless --speed says otherwise. Unless the
/// scenario or a flag says a start time, that is now, and unless one says a seed, one is drawn; `run` says how to have the same
/// events again. With the same seed and start time they are those of `generate`. What the scenario says under `advanced` holds:
/// `verbose`, `stats_interval`, `retry_on_failure`, `max_retries`, `user_agent`, `save_to_file` and
/// `output_file`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # ./event_simulator_config.yaml, in real time
  event-simulator run
  # an hour in a minute
  event-simulator run load-test --speed 60
  # until Ctrl+C
  event-simulator run continuous
  event-simulator run quick-test \\
      --url http://staging/api/events \\
      --header 'X-Key: ${KEY}'

Exit code: 0 if every event was delivered, 1 if not, 2 for a bad scenario or usage, 130 after Ctrl+C, SIGTERM or \
SIGHUP (once: what is in flight settles and the totals are printed; twice: at once).")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    #[command(flatten)]
    flags: ConfigFlags<false>,

    /// Also append each event to FILE as it is sent, as `advanced.save_to_file` does
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
    let mut loaded = args.scenario.load()?;
    let live = args.scenario.make_live(&mut loaded);
    let model = compile(&loaded)?;
    let mut config = replay_config(&loaded)?;
    args.flags.apply(&mut config)?;
    args.output.refuse_two_results(&config)?;
    config.target.format.wire().into_iter().for_each(tell_losses);
    let advanced = &loaded.scenario.advanced;
    let saved = args
        .save
        .clone()
        .or_else(|| advanced.save_to_file.then(|| PathBuf::from(&advanced.output_file)));
    refuse_overwriting(
        &config,
        &args.output,
        [("the scenario", Some(Path::new(loaded.source.name()))), ("--save", saved.as_deref())],
    )?;
    let simulation = model.simulate(model.seed());
    let timeline = if model.has_faults() {
        SimulationReader::of_deliveries(simulation, Shard::WHOLE)
    } else {
        SimulationReader::new(simulation)
    };
    let end = model.last_end_ms().and_then(|end_ms| model.start().checked_add_millis(end_ms));
    note!(
        "{}: {} users, seed {}, to {}, {}; {}; Ctrl+C stops",
        loaded.source.name(),
        grouped(u64::from(model.users())),
        model.seed(),
        config.target.url,
        config.schedule.pace,
        described(&model, end, config.schedule.pace),
    );
    if let Some(flags) = live {
        note!("note: to send the same events again: {flags}");
    }
    let source = LineSource::new(loaded.source.name().to_owned(), Box::new(timeline), &config);
    let interval_seconds = args.stats_interval.unwrap_or(advanced.stats_interval);
    let interval =
        Duration::try_from_secs_f64(interval_seconds).ok().filter(|interval| !interval.is_zero());
    let view = View::new(interval, args.verbose || advanced.verbose, args.output.result)
        .within(end.filter(|_| !model.has_faults()).map(|end| (model.start(), end)));
    let mut replay = Replay::new(config);
    if let Some(path) = saved {
        replay = replay.saving_to(path);
    }
    let origin = Origin::Simulation(Simulated {
        scenario: loaded.source.name().to_owned(),
        seed: model.seed(),
        start_time: model.start(),
        users: model.users(),
    });
    send(replay, Box::new(source), view, &args.output, &origin)
}

/// When all is over, as a message says it: also by the clock, where that goes otherwise.
fn described(model: &Model, end: Option<VirtualTime>, pace: ReplayPace) -> String {
    let Some(end) = end else { return "without end".to_owned() };
    let text = match model.at_end() {
        AtEnd::Cut => format!("cut at {end}"),
        AtEnd::Finish => format!("the last session ends by {end}"),
    };
    let by_the_clock = match pace {
        ReplayPace::Speed(Speed::REAL_TIME) => String::new(),
        ReplayPace::Speed(speed) => {
            let seconds = end.millis_since(model.start()) as f64 / 1e3 / speed.factor();
            format!(" of virtual time, in {}", show_seconds(seconds))
        }
        ReplayPace::Rate(_) | ReplayPace::Max => " of virtual time".to_owned(),
    };
    let later = if model.has_faults() { ", and what faults delay is sent later still" } else { "" };
    format!("{text}{by_the_clock}{later}")
}
