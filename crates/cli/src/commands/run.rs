//! `run`: simulates and sends, live.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::args::config_flags::ConfigFlags;
use crate::args::replay_output::OutputArgs;
use crate::args::scenario::{ScenarioArgs, compile, replay_config};
use crate::args::wire_format::tell_losses;
use crate::commands::replay::{refuse_overwriting, send};
use crate::failure::Failure;
use crate::view::replay::View;
use event_simulator::quantity::grouped;
use event_simulator::scenario::AtEnd;
use event_simulator::simulation::Shard;
use event_simulator::time::VirtualTime;
use event_simulator_replay::{BegunEvents, LineSource, Replay};
use event_simulator_timeline::{Compression, OutputFile, SimulationReader};

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

Exit code: 0 if every event was delivered, 1 if not, 2 for a bad scenario or usage, 130 after Ctrl+C,
SIGTERM or SIGHUP (once: what is in flight settles and the totals are printed; twice: at once).")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    #[command(flatten)]
    flags: ConfigFlags<false>,

    /// Also write the timeline to FILE while sending, as `advanced.save_to_file` does
    ///
    /// It is written as it is simulated, which is some lines ahead of what is sent; what was not sent
    /// when `run` is stopped is taken out again.
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
    let mut timeline = if model.has_faults() {
        SimulationReader::of_deliveries(simulation, Shard::WHOLE)
    } else {
        SimulationReader::new(simulation)
    };
    if let Some(path) = &saved {
        let file =
            File::create(path).map_err(Failure::io(format!("cannot write {}", path.display())))?;
        timeline = timeline.with_copy(Box::new(file));
    }
    let end = model.last_end_ms().and_then(|end_ms| model.start().checked_add_millis(end_ms));
    tell!(
        "{}: {} users, seed {}, to {}; {}; Ctrl+C stops",
        loaded.source.name(),
        model.users(),
        model.seed(),
        config.target.url,
        described(end, model.at_end()),
    );
    let source = LineSource::new(loaded.source.name().to_owned(), Box::new(timeline), &config);
    let interval_seconds = args.stats_interval.unwrap_or(advanced.stats_interval);
    let interval =
        Duration::try_from_secs_f64(interval_seconds).ok().filter(|interval| !interval.is_zero());
    let view = View::new(interval, args.verbose || advanced.verbose)
        .within(end.map(|end| (model.start(), end)));
    let mut replay = Replay::new(config);
    let saved = saved.map(|path| (path, replay.remember_begun()));
    let ended = send(replay, Box::new(source), view, &args.output, None);
    match saved.filter(|(path, _)| ended.is_err() && OutputFile::is_regular(path)) {
        Some((path, begun)) => keep_begun(&path, &begun).and(ended),
        None => ended,
    }
}

/// Takes the events out of a saved timeline that were never sent.
fn keep_begun(path: &Path, begun: &BegunEvents) -> Result<(), Failure> {
    let failed = || Failure::io(format!("cannot write {}", path.display()));
    let mut all = BufReader::new(File::open(path).map_err(failed())?);
    let kept = OutputFile::create(path, Compression::None).map_err(failed())?;
    let mut kept = BufWriter::new(kept);
    let (mut line, mut not_sent) = (Vec::new(), 0);
    for position in 1.. {
        line.clear();
        if all.read_until(b'\n', &mut line).map_err(failed())? == 0 {
            break;
        }
        if begun.contains(position) {
            kept.write_all(&line).map_err(failed())?;
        } else {
            not_sent += 1;
        }
    }
    if not_sent > 0 {
        let whole = kept.into_inner().map_err(IntoInnerError::into_error);
        whole.and_then(OutputFile::finish).map_err(failed())?;
        tell!("{}: without {} events that were not sent", path.display(), grouped(not_sent));
    }
    Ok(())
}

/// When all is over, as a message says it.
fn described(end: Option<VirtualTime>, at_end: AtEnd) -> String {
    match (end, at_end) {
        (None, _) => "without end".to_owned(),
        (Some(end), AtEnd::Cut) => format!("cut at {end}"),
        (Some(end), AtEnd::Finish) => format!("the last session ends by {end}"),
    }
}
