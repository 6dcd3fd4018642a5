//! `generate`: the timeline, as fast as possible.

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};
use serde::Serialize;

use event_simulator::Model;
use event_simulator::quantity::{grouped, show_bytes, show_duration, show_rate};
use event_simulator::scenario::{Loaded, Scenario};
use event_simulator::simulation::Shard;
use event_simulator::wire::{FORMATS, TableForm, WireFormat};
use event_simulator_timeline::{
    Compression, EventTemplate, Format, Generation, Manifest, OwnForm, Progress, read_field_map,
};

use super::truth;
use crate::args::scenario::{ScenarioArgs, compile};
use crate::args::wire_format::tell_losses;
use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};
use crate::interrupt::Interrupt;
use crate::report::golden;
use crate::standard_output::ResultArgs;
use crate::view::progress::EventMeter;

/// Write the timeline of a scenario, as fast as possible
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  event-simulator generate normal-traffic --seed 7 -o events.jsonl
  event-simulator generate my-scenario.yaml --users 1000 --duration 1h -o events.jsonl.zst
  event-simulator generate quick-test -o events.csv
  event-simulator generate quick-test -o events.parquet
  event-simulator generate load-test --format parquet --partition-by date -o events
  event-simulator generate quick-test --format segment -o calls.jsonl
  event-simulator generate quick-test --format template --template body.j2 -o bodies.jsonl
  event-simulator generate continuous | head -n 1000
  event-simulator generate my-scenario.yaml --check tests/golden.jsonl
  event-simulator generate my-scenario.yaml -o events.jsonl --truth truth

A timeline written to a file has a manifest beside it (FILE.manifest.json): seed, scenario digest,
counts, BLAKE3. The same scenario, seed and format version give the same bytes on any machine.")]
pub(crate) struct GenerateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    /// File to write; standard output if none is named
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write nothing, but compare with a golden file: exit 1 and a report if it is not the same
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "compress"])]
    check: Option<PathBuf>,

    /// Form of the timeline; by the extension of the file if not given, else jsonl
    #[arg(long, value_name = "NAME", value_parser = format_parser())]
    format: Option<String>,

    /// Write a directory of one file a date in UTC, `date=YYYY-MM-DD/part-0.parquet`, with one manifest
    #[arg(long, value_name = "WHAT", value_parser = ["date"], requires = "output", conflicts_with_all = ["check", "compress"])]
    partition_by: Option<String>,

    /// Where fields go with --format fields: a line each, such as `user.id = user_id`
    #[arg(long, value_name = "FILE", required_if_eq("format", "fields"))]
    fields: Option<PathBuf>,

    /// Template that makes a body of an event with --format template
    #[arg(long, value_name = "FILE", required_if_eq("format", "template"))]
    template: Option<PathBuf>,

    /// Compression of the file; by its extension (.gz, .zst) if not given
    #[arg(long, value_enum, requires = "output")]
    compress: Option<CompressArg>,

    /// Threads that generate; the bytes do not depend on it
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: u32,

    /// Write what happened, whatever the scenario's faults make of it on its way
    #[arg(long)]
    without_faults: bool,

    /// Write the truth, too: the timeline, the ledger of faults, deliveries to replay, and the tables that are right
    #[arg(long, value_name = "DIR", requires = "output", conflicts_with_all = ["shard", "without_faults"])]
    truth: Option<PathBuf>,

    /// Write only part I of N of the users, counted from 0; `merge` puts parts together
    #[arg(long, value_name = "I/N", conflicts_with = "jobs")]
    shard: Option<Shard>,

    #[command(flatten)]
    result: ResultArgs,
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
fn own_form(args: &GenerateArgs) -> Result<Option<OwnForm>, Failure> {
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
    fn format(&self) -> Format {
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
fn form_extension(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_owned()
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CompressArg {
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

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    if args.result.json && args.output.is_none() && args.check.is_none() {
        let reason = "--json: standard output has the timeline: name a file with -o";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let loaded = args.scenario.load()?;
    if let Some(output) = &args.output {
        refuse_standard_output(output)?;
        // What a template makes is of any form.
        if args.format.as_deref() != Some(OwnForm::TEMPLATE) {
            refuse_other_form(args, output, args.format())?;
        }
    }
    refuse_shared_files(args, &loaded)?;
    let own_form = own_form(args)?;
    let model = compile(&loaded)?;
    let model = if args.without_faults { model.without_faults() } else { model };
    refuse_faults(&model, args.format(), own_form.as_ref())?;
    let digest = loaded.scenario.digest();
    let generation = Generation {
        shard: args.shard.unwrap_or(Shard::WHOLE),
        format: args.format(),
        own_form: own_form.as_ref(),
        jobs: args.jobs,
        ..Generation::whole(&model, &digest)
    };
    refuse_check(args, &loaded.scenario, generation.format)?;
    if let Format::Wire(format) = generation.format {
        tell_losses(format);
    }
    let interrupt = Interrupt::listen()?;
    let is_watched = args.output.is_some() || args.check.is_some();
    let total = io::stderr().is_terminal().then(|| forecast(&generation)).flatten();
    let mut meter = EventMeter::new("generating", total);
    let mut watch = |progress: Progress| {
        if is_watched {
            meter.show(progress.events);
        }
        if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if let Some(golden) = &args.check {
        let report = event_simulator_check::golden::check(golden, &generation, &mut watch);
        meter.finish();
        return golden::show(args.result, &report?);
    }
    let outcome = match &args.output {
        Some(path) if args.partition_by.is_some() => {
            let Format::Table(form) = generation.format else {
                let reason = "--partition-by writes tables: give --format parquet or arrow";
                return Err(Failure::Usage(reason.to_owned()));
            };
            generation.write_by_date(path, form, &mut watch).map(Some)
        }
        Some(path) => {
            let compression =
                args.compress.map_or_else(|| Compression::from_name(path), Compression::from);
            generation.write_file(path, compression, &mut watch).map(Some)
        }
        None => generation.write_to(&mut io::stdout().lock(), &mut watch).map(|()| None),
    };
    let elapsed = meter.finish();
    match outcome {
        Ok(Some(manifest)) => {
            if let Some(directory) = &args.truth {
                truth::write(directory, &loaded, &generation, &interrupt)?;
            }
            let file = args.output.as_deref().unwrap_or(Path::new("-"));
            report(args.result, file, &manifest, elapsed)
        }
        Ok(None) => Ok(()),
        Err(error) if interrupt.is_pressed() && error.kind() == io::ErrorKind::Interrupted => {
            Err(Failure::Interrupted)
        }
        Err(source) => {
            let target = args
                .output
                .as_ref()
                .map_or("standard output".to_owned(), |path| path.display().to_string());
            Err(Failure::Io { context: format!("cannot write {target}"), source })
        }
    }
}

/// Refuses two outputs in one file, and outputs over what is read.
fn refuse_shared_files(args: &GenerateArgs, loaded: &Loaded) -> Result<(), Failure> {
    let manifest = args.output.as_deref().map(Manifest::path_for);
    let truth = args.truth.as_deref().map(truth::files).unwrap_or_default();
    let outputs = [
        ("the scenario", Some(Path::new(loaded.source.name()))),
        ("-o", args.output.as_deref()),
        ("--fields", args.fields.as_deref()),
        ("--template", args.template.as_deref()),
        ("the manifest of -o", manifest.as_deref()),
    ];
    let truth = truth.iter().map(|path| ("a file of --truth", Some(path.as_path())));
    refuse_shared(outputs.into_iter().chain(truth))
}

/// Refuses a golden check of what has no end, or no lines.
fn refuse_check(args: &GenerateArgs, scenario: &Scenario, format: Format) -> Result<(), Failure> {
    if args.check.is_some() && scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so no golden file is all of it: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    if let (Format::Table(form), Some(_)) = (format, &args.check) {
        let reason =
            format!("--check compares lines, and {} has none: leave --format out", form.title());
        return Err(Failure::Usage(reason));
    }
    Ok(())
}

/// Refuses a form that cannot hold what faults make of events.
fn refuse_faults(model: &Model, format: Format, own_form: Option<&OwnForm>) -> Result<(), Failure> {
    let form = match (own_form, format) {
        (Some(form), _) => form.name(),
        (None, Format::Csv) => CSV,
        (None, Format::Wire(format)) => format.name,
        (None, Format::Table(form)) => form.name(),
        (None, Format::Jsonl | Format::Deliveries | Format::Ledger) => return Ok(()),
    };
    if !model.has_faults() {
        return Ok(());
    }
    let reason = format!(
        "this scenario has faults, and {form} cannot hold what they make of events: give --without-faults for what \
         happened, or leave --format out"
    );
    Err(Failure::Usage(reason))
}

/// Refuses a file whose name says that it has another form than what is written.
fn refuse_other_form(args: &GenerateArgs, output: &Path, format: Format) -> Result<(), Failure> {
    const OTHERS: [&str; 6] = ["feather", "avro", "orc", "xml", "xlsx", "db"];
    const LINES: [&str; 3] = ["jsonl", "ndjson", "json"];
    let extension = form_extension(output);
    let is_table = TableForm::named(&extension).is_some();
    let (says, is_written) = match format {
        _ if args.partition_by.is_some() => ("a directory", !is_table),
        Format::Csv => ("CSV", !is_table && extension != "tsv" && !LINES.contains(&&*extension)),
        Format::Table(form) => {
            let is_text = ["csv", "tsv"].contains(&&*extension) || LINES.contains(&&*extension);
            (form.title(), extension == form.name() || !is_table && !is_text)
        }
        _ => ("JSON lines", !is_table && extension != "csv" && extension != "tsv"),
    };
    let name = output.display();
    if !is_written || OTHERS.contains(&&*extension) {
        let cure = match format {
            Format::Table(form) if args.partition_by.is_none() => {
                format!("name it .{}", form.name())
            }
            _ => "leave --format out, or choose .jsonl, .csv, .parquet or .arrow".to_owned(),
        };
        let reason = format!("-o {name}: what is written is {says}, no .{extension}: {cure}");
        return Err(Failure::Usage(reason));
    }
    let is_compressed =
        args.compress.is_some() || Compression::from_name(output) != Compression::None;
    if is_compressed && matches!(format, Format::Table(_)) {
        let reason = format!("-o {name}: {says} is compressed within: leave the compression out");
        return Err(Failure::Usage(reason));
    }
    Ok(())
}

/// A timeline that was written.
#[derive(Serialize)]
struct Generated<'a> {
    file: &'a Path,
    elapsed_seconds: f64,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

fn report(
    result: ResultArgs,
    file: &Path,
    manifest: &Manifest,
    elapsed: Duration,
) -> Result<(), Failure> {
    let elapsed_seconds = elapsed.as_secs_f64();
    let (events, bytes) = (grouped(manifest.events), show_bytes(manifest.bytes));
    let (took, rate) = (show_duration(elapsed), manifest.events as f64 / elapsed_seconds.max(1e-9));
    result.tell(
        &Generated { file, elapsed_seconds, manifest },
        format_args!(
            "{}: {events} events, {bytes}, in {took} ({})",
            file.display(),
            show_rate(rate)
        ),
    )
}

/// About how many events there will be, as `plan` says; none without end.
fn forecast(generation: &Generation<'_>) -> Option<u64> {
    let events = generation.model.forecast().events?;
    Some((events / f64::from(generation.shard.count())).round() as u64)
}
