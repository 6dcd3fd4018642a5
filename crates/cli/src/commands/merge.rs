//! `merge`: the parts of a timeline put together again.

use std::path::PathBuf;

use clap::Args;
use indicatif::{HumanBytes, HumanCount};

use event_simulator_timeline::{Compression, merge};

use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};

/// Put the parts of a timeline, written with --shard, together again
#[derive(Debug, Args)]
#[command(after_help = "Example:
  event-simulator generate load-test --shard 0/2 -o part0.jsonl
  event-simulator generate load-test --shard 1/2 -o part1.jsonl
  event-simulator merge part0.jsonl part1.jsonl -o whole.jsonl

The result has the same bytes as `generate load-test -o whole.jsonl`. Each part needs its manifest.")]
pub(crate) struct MergeArgs {
    /// The parts, all of them, in any order
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// File to write; compressed by its extension (.gz, .zst)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(args: &MergeArgs) -> Result<(), Failure> {
    refuse_standard_output(&args.output)?;
    let parts = args.parts.iter().map(|part| ("a part", Some(&**part)));
    refuse_shared(parts.chain([("-o", Some(&*args.output))]))?;
    let compression = Compression::from_name(&args.output);
    let whole = merge(&args.parts, &args.output, compression)
        .map_err(|error| Failure::Failed(error.to_string()))?;
    tell!(
        "{}: {} events, {}",
        args.output.display(),
        HumanCount(whole.events),
        HumanBytes(whole.bytes)
    );
    Ok(())
}
