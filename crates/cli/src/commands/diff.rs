//! `diff`: how two timelines differ.

use std::path::PathBuf;

use clap::Args;

use event_simulator::quantity::{ByteSize, show_duration};
use event_simulator_check::diff::{DiffOptions, diff};

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::standard_output::ResultArgs;
use crate::view::progress::Ticker;

/// Tell how two timelines differ, in events and in meaning
///
/// By event type, user and session: what was added, removed, changed (another field) and moved (another
/// time or order); the first difference; and, from the manifests beside the files, whether seed or
/// scenario differ.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator diff golden.jsonl new.jsonl
  event-simulator diff old.jsonl.zst new.jsonl.zst --json \\
      | jq .total

Exit code: 0 if the lines are the same, 1 if they differ.")]
pub(crate) struct DiffArgs {
    /// The first timeline
    left: PathBuf,

    /// The second timeline
    right: PathBuf,

    #[command(flatten)]
    result: ResultArgs,

    #[command(flatten)]
    html: HtmlArgs,

    /// Memory to stay within, roughly; larger files go through temporary files
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    memory: ByteSize,
}

pub(crate) fn run(args: &DiffArgs) -> Result<(), Failure> {
    for timeline in [&args.left, &args.right] {
        refuse_shared([("a timeline", Some(&**timeline)), args.html.file()])?;
    }
    let options = DiffOptions {
        memory_bytes: args.memory.as_bytes() as u64,
        is_overlaid: args.result.json || args.html.is_wanted(),
    };
    let ticker = Ticker::start(|elapsed| format!("comparing, {}", show_duration(elapsed)));
    let diff = diff(&args.left, &args.right, options)?;
    drop(ticker);
    args.html.write(&diff, JsonOutput::Printed)?;
    args.result.print(&diff, &diff)?;
    if diff.is_same() { Ok(()) } else { Err(Failure::Reported) }
}
