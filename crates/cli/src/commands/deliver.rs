//! `deliver`: what arrives, as the files that an incremental pipeline sees.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use event_simulator::quantity::{grouped, parse_duration};
use event_simulator::simulation::Shard;
use event_simulator_timeline::{BatchError, Batching, SimulationReader, open, write_batches};

use crate::args::scenario::{ScenarioOverrides, compile};
use crate::failure::Failure;
use crate::standard_output::ResultArgs;

/// Write what arrives as the files that an incremental pipeline sees, one for each window of time
///
/// Files are called by the start of their window, by arrival, and have what arrives in it as a log of arrivals has it: put
/// together they are that log. `batches.json` lists them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator deliver truth/deliveries.jsonl \\
      --every 5m -o batches
  event-simulator deliver shop.yaml --seed 7 --every 1h \\
      -o batches
  event-simulator expect --after-each batches --policy web \\
      -o expected")]
pub(crate) struct DeliverArgs {
    /// Deliveries, as `generate --format deliveries` writes them, or a scenario, a file or a shipped one
    #[arg(value_name = "DELIVERIES|SCENARIO")]
    source: String,

    /// The length of a window, such as 5m; windows begin at its multiples
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    every: Duration,

    /// Write a file for windows in which nothing arrives, too
    #[arg(long)]
    keep_empty: bool,

    #[command(flatten)]
    overrides: ScenarioOverrides,

    /// Folder to write to, made if needed; it must be empty
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,

    #[command(flatten)]
    result: ResultArgs,
}

pub(crate) fn run(args: &DeliverArgs) -> Result<(), Failure> {
    let every_ms = u64::try_from(args.every.as_millis()).unwrap_or(u64::MAX);
    if every_ms == 0 {
        return Err(Failure::Usage("--every is at least 1ms".to_owned()));
    }
    let batching = Batching { every_ms, keeps_empty: args.keep_empty };
    let manifest = write_batches(&args.source, deliveries(args)?, batching, &args.output)?;
    let batches = grouped(manifest.batches.len() as u64);
    let (folder, arrivals) = (args.output.display(), grouped(manifest.arrivals));
    args.result.tell(&manifest, format_args!("{folder}: {arrivals} arrivals in {batches} batches"))
}

fn deliveries(args: &DeliverArgs) -> Result<Box<dyn BufRead + Send>, Failure> {
    let path = PathBuf::from(&args.source);
    let is_scenario = path.extension().is_none_or(|end| end == "yaml" || end == "yml");
    if !is_scenario {
        if args.overrides != ScenarioOverrides::default() {
            let reason = "overrides such as --seed change a scenario, not deliveries";
            return Err(Failure::Usage(reason.to_owned()));
        }
        return open(&path).map_err(Failure::io(format!("cannot open {}", args.source)));
    }
    let loaded = args.overrides.load(Some(&args.source))?;
    if loaded.scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so neither have its batches: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let model = compile(&loaded)?;
    Ok(Box::new(SimulationReader::of_deliveries(model.simulate(model.seed()), Shard::WHOLE)))
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        Self::Failed(error.to_string())
    }
}
