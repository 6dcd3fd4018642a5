//! `merge`: the parts of a timeline put together again.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use event_simulator::quantity::{grouped, show_bytes};
use event_simulator::wire::{Codec, FORMATS, JsonLines, WireFormat};
use event_simulator_timeline::{
    Compression, Manifest, MergedFile, MergedForm, ShardSums, merge, merge_sums,
};

use super::observed::Observed;
use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};
use crate::interrupt::Interrupt;
use crate::standard_output::{ResultArgs, print_data};

/// Put the parts of a timeline, of deliveries, of a ledger or of tables, written with --shard, together again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator generate load-test --shard 0/2 \\
      -o part0.jsonl
  event-simulator generate load-test --shard 1/2 \\
      -o part1.jsonl
  event-simulator merge part0.jsonl part1.jsonl \\
      -o whole.jsonl
  # of deliveries, in the form of a vendor
  event-simulator merge part0.jsonl part1.jsonl \\
      --format segment -o calls.jsonl
  # folders that `expect --scenario ... --shard` wrote
  event-simulator merge part0 part1 -o expected

The result has the same bytes as `generate load-test -o whole.jsonl`; so it is with Parquet and Arrow. Each part \
needs its manifest.

Of a scenario with faults, parts of `--format deliveries`, Parquet, Arrow and `--format ledger` can be merged. A \
log of arrivals and the formats of others do not say the whole order, so they are made of deliveries, or of JSON \
lines if there are no faults.

Tables are merged folder by folder: the files of the whole, of which expectations.json has no digest, as no part \
has read the whole timeline.")]
pub(crate) struct MergeArgs {
    /// The parts, all of them, in any order
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,

    /// File to write, or folder of tables; compressed by its extension (.gz, .zst); .parquet or .arrow of parts that are
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Form of the whole, if not that of the parts: a vendor's, or jsonl for the log of arrivals that deliveries make
    #[arg(long, value_name = "NAME", value_parser = form_parser())]
    format: Option<String>,

    #[command(flatten)]
    result: ResultArgs,
}

fn form_parser() -> PossibleValuesParser {
    let log = PossibleValue::new(JsonLines::NAME).help("A log of arrivals, of deliveries");
    let others = FORMATS.iter().map(|format| {
        PossibleValue::new(format.name).help(format!("Events for {}, one a line", format.title))
    });
    PossibleValuesParser::new([log].into_iter().chain(others))
}

pub(crate) fn run(args: &MergeArgs) -> Result<(), Failure> {
    refuse_standard_output(&args.output)?;
    if args.parts.iter().any(|part| ShardSums::are_in(part)) {
        if args.format.is_some() {
            return Err(Failure::Usage("--format is for timelines, not for tables".to_owned()));
        }
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
    let named = |name: &String| WireFormat::named(name).map_or(MergedForm::Log, MergedForm::Wire);
    let form = args.format.as_ref().map(named);
    let whole = MergedFile { path: &args.output, compression, form };
    let whole = merge(&args.parts, &whole, &mut watch).map_err(|error| {
        if interrupt.is_pressed() {
            Failure::Interrupted
        } else {
            Failure::Failed(error.to_string())
        }
    })?;
    let (events, bytes) = (grouped(whole.events), show_bytes(whole.bytes));
    args.result.tell(&whole, format_args!("{}: {events} events, {bytes}", args.output.display()))
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
    let written = whole.write_directory(&args.output, args.result.json)?;
    if args.result.json { print_data(&String::from_utf8_lossy(&written.document)) } else { Ok(()) }
}
