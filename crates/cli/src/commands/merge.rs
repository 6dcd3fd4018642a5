//! `merge`: the parts of a timeline put together again.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use indicatif::{HumanBytes, HumanCount};

use event_simulator_timeline::{Compression, Manifest, ShardSums, merge, merge_sums};

use super::observed::Observed;
use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};
use crate::interrupt::Interrupt;

/// Put the parts of a timeline, of deliveries, of a ledger or of tables, written with --shard, together again
#[derive(Debug, Args)]
#[command(after_help = "Example:
  event-simulator generate load-test --shard 0/2 -o part0.jsonl
  event-simulator generate load-test --shard 1/2 -o part1.jsonl
  event-simulator merge part0.jsonl part1.jsonl -o whole.jsonl

The result has the same bytes as `generate load-test -o whole.jsonl`; so it is with Parquet. Each part needs its manifest.
Of a scenario with faults, parts of `--format deliveries`, `--format ledger` and `--without-faults` can be merged; logs of
arrivals cannot, as what is no event has no place of its own in them.

Tables of `expect --scenario ... --shard` are merged folder by folder: the files of the whole, of which expectations.json has
no digest, as no part has read the whole timeline.
  event-simulator merge part0 part1 -o expected")]
pub(crate) struct MergeArgs {
    /// The parts, all of them, in any order
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// File to write, or folder of tables; compressed by its extension (.gz, .zst); .parquet of parts that are Parquet
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(args: &MergeArgs) -> Result<(), Failure> {
    refuse_standard_output(&args.output)?;
    if args.parts.iter().any(|part| ShardSums::are_in(part)) {
        return merge_tables(args);
    }
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
    tell!(
        "{}: {} events, {}",
        args.output.display(),
        HumanCount(whole.events),
        HumanBytes(whole.bytes)
    );
    Ok(())
}

/// Puts the tables of all parts of the users together, each part in a folder of its own.
fn merge_tables(args: &MergeArgs) -> Result<(), Failure> {
    let sums = |folder: &PathBuf| folder.join(ShardSums::FILE);
    let (parts, output): (Vec<_>, _) = (args.parts.iter().map(sums).collect(), sums(&args.output));
    let parts = parts.iter().map(|part| ("a part", Some(&**part)));
    refuse_shared(parts.chain([("-o", Some(&*output))]))?;
    let whole = merge_sums(&args.parts).map_err(|error| Failure::Failed(error.to_string()))?;
    let ShardSums { sums, notes, .. } = whole;
    let whole = Observed { sums, notes, blake3: None, file: None, shard: None };
    whole.write_directory(&args.output).map(|_| ())
}
