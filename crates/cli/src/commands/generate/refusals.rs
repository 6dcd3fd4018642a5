//! What `generate` refuses before anything is written.

use std::path::Path;

use event_simulator::Model;
use event_simulator::scenario::{Loaded, Scenario};
use event_simulator::wire::TableForm;
use event_simulator_timeline::{Compression, Format, Manifest, OwnForm};

use super::args::{GenerateArgs, form_extension};
use crate::commands::truth;
use crate::failure::Failure;
use crate::files::{refuse_shared, refuse_standard_output};

/// Refuses two outputs in one place, and a file that cannot have what is to be written.
pub(super) fn refuse_outputs(args: &GenerateArgs) -> Result<(), Failure> {
    if args.result.json && args.output.is_none() && args.check.is_none() {
        let reason = "--json: standard output has the timeline: name a file with -o";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let Some(output) = &args.output else { return Ok(()) };
    refuse_standard_output(output)?;
    // What a template makes is of any form.
    if args.format.as_deref() == Some(OwnForm::TEMPLATE) {
        return Ok(());
    }
    refuse_other_form(args, output, args.format())
}

/// Refuses two outputs in one file, and outputs over what is read.
pub(super) fn refuse_shared_files(args: &GenerateArgs, loaded: &Loaded) -> Result<(), Failure> {
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

/// Refuses a golden check of what has no end, or no lines, and files by date that are no tables.
pub(super) fn refuse_check(
    args: &GenerateArgs,
    scenario: &Scenario,
    format: Format,
) -> Result<(), Failure> {
    if args.check.is_some() && scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so no golden file is all of it: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    if let (Format::Table(form), Some(_)) = (format, &args.check) {
        let reason =
            format!("--check compares lines, and {} has none: leave --format out", form.title());
        return Err(Failure::Usage(reason));
    }
    if args.partition_by.is_some() && args.output.is_some() && !matches!(format, Format::Table(_)) {
        let reason = "--partition-by writes tables: give --format parquet or arrow";
        return Err(Failure::Usage(reason.to_owned()));
    }
    Ok(())
}

/// Refuses files by date of what arrives.
pub(super) fn refuse_arrivals_by_date(args: &GenerateArgs, model: &Model) -> Result<(), Failure> {
    if args.partition_by.is_none() || !model.has_faults() {
        return Ok(());
    }
    let reason = "--partition-by writes what happened on each date, and this scenario has faults: give --without-faults, or \
                  leave it out";
    Err(Failure::Usage(reason.to_owned()))
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
