//! `report`: results recorded earlier, as one HTML page.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use event_simulator_report::RecordedResult;

use crate::args::html::{quoted, write_page};
use crate::failure::Failure;
use crate::files::refuse_shared;

/// Make one HTML page of results that were recorded as JSON
///
/// It opens offline, in any browser. What is wrong comes first, then why, then pictures, then tables, each with the
/// command that gives its numbers. Several runs of `replay` and `run` are laid over each other.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  event-simulator report card.json -o report.html
  event-simulator report monday.json tuesday.json -o runs.html

Results: what gauntlet --json, replay and run --summary, verify --report, and stats, diff and plan --json have written.
Each of these commands writes the page itself with --html FILE.")]
pub(crate) struct ReportArgs {
    /// Files with results as JSON
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    /// The page
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
}

pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    for path in &args.results {
        refuse_shared([("a result", Some(&**path)), ("--output", Some(&*args.output))])?;
    }
    let results = args.results.iter().map(|path| {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(Failure::io(format!("cannot read {name}")))?;
        let value = serde_json::from_str(&text)
            .map_err(|error| Failure::Failed(format!("{name}: not JSON: {error}")))?;
        let read = format!("jq {{}} {}", quoted(&name));
        RecordedResult::new(&*name, value, read)
            .map_err(|error| Failure::Failed(format!("{name}: {error}")))
    });
    write_page(&args.output, results.collect::<Result<_, _>>()?)
}
