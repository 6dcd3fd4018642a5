//! `report`: results recorded earlier, as one HTML page.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use event_simulator_report::{RecordedResult, ResultComparison};

use crate::args::html::{quoted, write_page};
use crate::failure::Failure;
use crate::files::refuse_shared;
use crate::standard_output::print_json;

/// Make one HTML page of results that were recorded as JSON
///
/// It opens offline, in any browser. What is wrong comes first, then why, then pictures, then tables, each with the
/// command that gives its numbers. Results of the same kind are laid over each other, and timelines are held against a plan.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator report card.json -o report.html
  event-simulator report monday.json tuesday.json \\
      -o runs.html
  event-simulator report plan.json stats.json
  event-simulator report before.json after.json --json \\
      | jq .gauntlet.worse

Results: what gauntlet --json, replay and run --summary, verify --report, and stats, diff and plan --json have \
written, and expectations.json of expect. Each of these commands writes the page itself with --html FILE.")]
pub(crate) struct ReportArgs {
    /// Files with results as JSON
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    /// Page to write [default: report.html, and none with --json]
    #[arg(short, long, visible_alias = "html", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print what the results say together as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// The page that is written where no other is named.
const PAGE: &str = "report.html";

pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let page = args.output.clone().or_else(|| (!args.json).then(|| PathBuf::from(PAGE)));
    for path in &args.results {
        refuse_shared([("a result", Some(&**path)), ("--output", page.as_deref())])?;
    }
    let results = args.results.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        print_json(&ResultComparison::of(&results))?;
    }
    page.map_or(Ok(()), |page| write_page(&page, results))
}

fn read(path: &Path) -> Result<RecordedResult, Failure> {
    let name = path.display().to_string();
    if path.is_dir() {
        return Err(Failure::Failed(format!("{name} is a directory: name the results in it")));
    }
    let bytes = fs::read(path).map_err(Failure::io(format!("cannot read {name}")))?;
    let value = serde_json::from_slice(&bytes).map_err(|error| {
        let wanted = "results are one JSON value, as --json, --summary and --report write them";
        Failure::Failed(format!("{name}: not JSON: {error}; {wanted}"))
    })?;
    let read = format!("jq {{}} {}", quoted(&name));
    RecordedResult::new(&*name, value, read)
        .map_err(|error| Failure::Failed(format!("{name}: {error}")))
}
