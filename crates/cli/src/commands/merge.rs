//! `merge`: the parts of a timeline put together again.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;

use event_simulator::quantity::{grouped, show_bytes};
use event_simulator_timeline::{Compression, Manifest, merge};

use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};
use crate::interrupt::Interrupt;
use crate::standard_output::ResultArgs;

/// Put the parts of a timeline, of deliveries or of a ledger, written with --shard, together again
#[derive(Debug, Args)]
#[command(after_help = "Example:
  event-simulator generate load-test --shard 0/2 -o part0.jsonl
  event-simulator generate load-test --shard 1/2 -o part1.jsonl
  event-simulator merge part0.jsonl part1.jsonl -o whole.jsonl

The result has the same bytes as `generate load-test -o whole.jsonl`; so it is with Parquet. Each part needs its manifest.
Of a scenario with faults, parts of `--format deliveries`, `--format ledger` and `--without-faults` can be merged; logs of
arrivals cannot, as what is no event has no place of its own in them.")]
pub(crate) struct MergeArgs {
    /// The parts, all of them, in any order
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// File to write; compressed by its extension (.gz, .zst); .parquet of parts that are Parquet
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    result: ResultArgs,
}

pub(crate) fn run(args: &MergeArgs) -> Result<(), Failure> {
    refuse_standard_output(&args.output)?;
    let manifests: Vec<PathBuf> = args.parts.iter().map(|part| Manifest::path_for(part)).collect();
    let manifest = Manifest::path_for(&args.output);
    let parts = args.parts.iter().map(|part| ("a part", Some(&**part)));
    let manifests = manifests.iter().map(|path| ("a part's manifest", Some(&**path)));
    let outputs = [("-o", Some(&*args.output)), ("the manifest of -o", Some(&*manifest))];
    refuse_shared(parts.chain(manifests).chain(outputs))?;
    let compression = Compression::from_name(&args.output);
    let interrupt = Interrupt::listen()?;
    let mut watch =
        || if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let whole = merge(&args.parts, &args.output, compression, &mut watch).map_err(|error| {
        if interrupt.is_pressed() {
            Failure::Interrupted
        } else {
            Failure::Failed(error.to_string())
        }
    })?;
    let (events, bytes) = (grouped(whole.events), show_bytes(whole.bytes));
    args.result.tell(&whole, format_args!("{}: {events} events, {bytes}", args.output.display()))
}
