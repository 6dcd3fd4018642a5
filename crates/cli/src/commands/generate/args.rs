//! What `generate` is told.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};

use event_simulator::simulation::Shard;
use event_simulator::wire::{FORMATS, TableForm, WireFormat};
use event_simulator_timeline::{
    Compression, EventTemplate, Format, Manifest, OwnForm, read_field_map,
};

use crate::args::scenario::ScenarioArgs;
use crate::failure::Failure;
use crate::standard_output::ResultArgs;

/// Write the timeline of a scenario, as fast as possible
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator generate normal-traffic --seed 7 \\
      -o events.jsonl
  event-simulator generate my-scenario.yaml --users 1000 \\
      --duration 1h -o events.jsonl.zst
  event-simulator generate quick-test -o events.csv
  event-simulator generate quick-test -o events.parquet
  event-simulator generate load-test --format parquet \\
      --partition-by date -o events
  event-simulator generate quick-test --format segment \\
      -o calls.jsonl
  event-simulator generate quick-test --format template \\
      --template body.j2 -o bodies.jsonl
  event-simulator generate continuous | head -n 1000
  event-simulator generate my-scenario.yaml \\
      --check tests/golden.jsonl
  event-simulator generate my-scenario.yaml \\
      -o events.jsonl --truth truth

A timeline written to a file has a manifest beside it (FILE.manifest.json): seed, scenario digest, counts, \
BLAKE3. The same scenario, seed and format version give the same bytes on any machine.")]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    /// File to write; standard output if none is named
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Write nothing, but compare with a golden file: exit 1 and a report if it is not the same
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "compress"])]
    pub(super) check: Option<PathBuf>,

    /// Form of the timeline; by the extension of the file if not given, else jsonl
    #[arg(long, value_name = "NAME", value_parser = format_parser())]
    pub(super) format: Option<String>,

    /// Write a folder of one file a date in UTC, `date=YYYY-MM-DD/part-0.parquet`, with one manifest
    #[arg(long, value_name = "WHAT", value_parser = ["date"], requires = "output", conflicts_with_all = ["check", "compress"])]
    pub(super) partition_by: Option<String>,

    /// Where fields go with --format fields: a line each, such as `user.id = user_id`
    #[arg(long, value_name = "FILE", required_if_eq("format", "fields"))]
    pub(super) fields: Option<PathBuf>,

    /// Template that makes a body of an event with --format template
    #[arg(long, value_name = "FILE", required_if_eq("format", "template"))]
    pub(super) template: Option<PathBuf>,

    /// Compression of the file; by its extension (.gz, .zst) if not given
    #[arg(long, value_name = "HOW", value_enum, requires = "output")]
    pub(super) compress: Option<CompressArg>,

    /// Threads that generate; the bytes do not depend on it
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) jobs: u32,

    /// Write what happened, whatever the scenario's faults make of it on its way
    #[arg(long)]
    pub(super) without_faults: bool,

    /// Write the truth, too: the timeline, the ledger of faults, deliveries to replay, and the tables that are right
    #[arg(long, value_name = "DIR", requires = "output", conflicts_with_all = ["shard", "without_faults"])]
    pub(super) truth: Option<PathBuf>,

    /// Write only part I of N of the users, counted from 0; `merge` puts parts together
    #[arg(long, value_name = "I/N", conflicts_with = "jobs")]
    pub(super) shard: Option<Shard>,

    #[command(flatten)]
    pub(super) result: ResultArgs,
}

const JSON_LINES: &str = "jsonl";
const CSV: &str = "csv";

fn format_parser() -> PossibleValuesParser {
    let own = [
        PossibleValue::new(JSON_LINES).help("One JSON object a line"),
        PossibleValue::new(CSV).help("Flat, with a header; props as JSON text"),
        PossibleValue::new(Manifest::DELIVERIES)
            .help("What arrives, with when it is sent: for replay"),
        PossibleValue::new(Manifest::LEDGER).help("What the scenario's faults did, one line each"),
        PossibleValue::new(TableForm::Parquet.name()).help("Apache Parquet, with typed columns"),
        PossibleValue::new(TableForm::ArrowFile.name())
            .help("Arrow IPC, with typed columns; a stream on standard output"),
    ];
    let others = FORMATS.iter().map(|format| {
        PossibleValue::new(format.name).help(format!("Events for {}, one a line", format.title))
    });
    let by_file = [
        PossibleValue::new(OwnForm::FIELDS)
            .help("The fields that --fields names, one event a line"),
        PossibleValue::new(OwnForm::TEMPLATE).help("What --template makes of each event"),
    ];
    PossibleValuesParser::new(own.into_iter().chain(others).chain(by_file))
}

/// The form of one's own that is asked for.
pub(super) fn own_form(args: &GenerateArgs) -> Result<Option<OwnForm>, Failure> {
    let usage = |error: &dyn std::error::Error| Failure::Usage(error.to_string());
    match (args.format.as_deref().unwrap_or_default(), &args.fields, &args.template) {
        (OwnForm::FIELDS, Some(path), None) => {
            let map = read_field_map(path).map_err(|error| usage(&error))?;
            Ok(Some(OwnForm::Fields(map)))
        }
        (OwnForm::TEMPLATE, None, Some(path)) => {
            let template = EventTemplate::read(path).map_err(|error| usage(&error))?;
            Ok(Some(OwnForm::Template(template)))
        }
        (_, None, None) => Ok(None),
        (_, Some(_), _) => {
            Err(Failure::Usage("--fields is of use with --format fields only".to_owned()))
        }
        (_, _, Some(_)) => {
            Err(Failure::Usage("--template is of use with --format template only".to_owned()))
        }
    }
}

impl GenerateArgs {
    /// The form that is asked for, by its name or by that of the file.
    pub(super) fn format(&self) -> Format {
        let of_output = self
            .output
            .as_deref()
            .map(form_extension)
            .filter(|extension| extension == CSV || TableForm::named(extension).is_some());
        match self.format.as_deref().or(of_output.as_deref()) {
            None => Format::Jsonl,
            Some(CSV) => Format::Csv,
            Some(Manifest::DELIVERIES) => Format::Deliveries,
            Some(Manifest::LEDGER) => Format::Ledger,
            Some(name) => match (WireFormat::named(name), TableForm::named(name)) {
                (Some(format), _) => Format::Wire(format),
                (None, Some(TableForm::ArrowFile)) if self.output.is_none() => {
                    Format::Table(TableForm::ArrowStream)
                }
                (None, Some(form)) => Format::Table(form),
                (None, None) => Format::Jsonl,
            },
        }
    }
}

/// The extension of a file's name that tells its form, without that of a compression.
pub(super) fn form_extension(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_owned()
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum CompressArg {
    None,
    Gzip,
    Zstd,
}

impl From<CompressArg> for Compression {
    fn from(arg: CompressArg) -> Self {
        match arg {
            CompressArg::None => Self::None,
            CompressArg::Gzip => Self::Gzip,
            CompressArg::Zstd => Self::Zstd,
        }
    }
}
