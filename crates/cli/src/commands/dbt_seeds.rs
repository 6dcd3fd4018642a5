//! `dbt-seeds`: what arrives and what is right as seeds of a dbt project, with a test for each table.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;

use event_simulator::Model;
use event_simulator::expectations::tables::SHAPES;
use event_simulator::scenario::{Loaded, nearest};
use event_simulator::simulation::Shard;
use event_simulator_timeline::{
    Compression, Format, Generation, Progress, SimulationReader, write_delivery_rows,
};

use super::dbt_files::{EventSeed, TableTest, TestedModel, write_project};
use super::expect;
use super::observed::TableChoice;
use crate::args::scenario::{ScenarioArgs, compile};
use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// Write a scenario into a dbt project: events as a seed, the tables that are right as seeds, and a test for each
///
/// A model that is called as a table of docs/expectations.md gets a test that it is that table. `dbt build` then runs the models on
/// the events and says which tables are wrong, and in which cells.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator dbt-seeds web-shop --seed 7 --project .
  event-simulator dbt-seeds shop.yaml \\
      --model users_active=fct_dau
  event-simulator dbt-seeds shop.yaml --policy web \\
      --project warehouse
  dbt build

What is written: seeds/event_simulator/ with event_simulator_events.csv (with --policy \
event_simulator_arrivals.csv, what arrives), expected_TABLE.csv and their properties; tests/event_simulator/; \
macros/event_simulator_differences.sql. See docs/dbt.md.")]
pub(crate) struct DbtSeedsArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,

    /// The dbt project, with its `dbt_project.yml`
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,

    /// A model that must be this table, whatever it is called; may be repeated
    #[arg(long, value_name = "TABLE=MODEL", value_parser = tested_model)]
    model: Vec<TestedModel>,

    /// Write what arrives instead of what happened, and what is right of it under these rules: a policy file, a shipped
    /// policy (docs/policies.md), or `scenario` for that of the scenario
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
}

fn tested_model(text: &str) -> Result<TestedModel, String> {
    let (table, model) = text.split_once('=').ok_or("write TABLE=MODEL")?;
    let names = || SHAPES.iter().map(|shape| shape.name);
    let Some(shape) = SHAPES.iter().find(|shape| shape.name == table) else {
        let near = nearest(table, names()).map(|near| format!("; did you mean `{near}`?"));
        return Err(format!("there is no table `{table}`{}", near.unwrap_or_default()));
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if model.is_empty() || !model.chars().all(is_name) {
        return Err(format!("`{model}` is no name of a model"));
    }
    Ok(TestedModel { shape, model: model.to_owned() })
}

pub(crate) fn run(args: &DbtSeedsArgs) -> Result<(), Failure> {
    let project = &args.project;
    if !project.join("dbt_project.yml").is_file() {
        let reason = format!(
            "{} is no dbt project: it has no dbt_project.yml; --project names one",
            project.display()
        );
        return Err(Failure::Usage(reason));
    }
    let loaded = args.scenario.load()?;
    if loaded.scenario.simulation.duration_seconds <= 0.0 {
        let reason = "this scenario has no end, so neither have its tables: give --duration";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let model = compile(&loaded)?;
    let wants = |name: &str| args.model.iter().any(|tested| tested.shape.name == name);
    let choice = TableChoice {
        policy: args.policy.as_deref(),
        rows: wants("users") || wants("sessions"),
        retention: wants("retention"),
    };
    let tables = expect::csv_tables(&loaded, &model, &choice)?;
    let tests = tests(project, &args.model, &tables)?;
    let events = if args.policy.is_some() { EventSeed::Arrivals } else { EventSeed::Events };
    write_project(project, events, &tests, |path| write_events(path, &loaded, &model, events))?;
    let names: Vec<&str> = tests.iter().map(|test| test.tested.model.as_str()).collect();
    note!(
        "{}: the seed {}, and tests of {}; now run dbt build",
        project.display(),
        events.name(),
        names.join(", ")
    );
    Ok(())
}

/// The tests: of the models that are named, and for other tables of those that are called as they are.
fn tests<'a>(
    project: &Path,
    named: &[TestedModel],
    tables: &'a [(String, Vec<u8>)],
) -> Result<Vec<TableTest<'a>>, Failure> {
    let folder = project.join("models");
    let models =
        model_names(&folder).map_err(Failure::io(format!("cannot read {}", folder.display())))?;
    let mut tests = Vec::new();
    for shape in &SHAPES {
        let mut tested: Vec<TestedModel> =
            named.iter().filter(|tested| tested.shape == shape).cloned().collect();
        let table = tables.iter().find(|(file, _)| file.strip_suffix(".csv") == Some(shape.name));
        let Some((_, csv)) = table else {
            if let Some(TestedModel { model, .. }) = tested.first() {
                let reason =
                    format!("--model {}={model}: this scenario has no such table", shape.name);
                return Err(Failure::Usage(format!("{reason}: see docs/expectations.md")));
            }
            continue;
        };
        if tested.is_empty() && models.contains(shape.name) {
            tested.push(TestedModel { shape, model: shape.name.to_owned() });
        }
        tests.extend(tested.into_iter().map(|tested| TableTest { tested, csv }));
    }
    if tests.is_empty() {
        let names = tables.iter().filter_map(|(file, _)| file.strip_suffix(".csv"));
        let reason = format!(
            "no model in {} is called as a table is ({}): --model TABLE=MODEL says which is which",
            folder.display(),
            names.collect::<Vec<_>>().join(", ")
        );
        return Err(Failure::Usage(reason));
    }
    Ok(tests)
}

/// The names of the models below a folder.
fn model_names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            names.extend(model_names(&path)?);
        } else if path.extension().is_some_and(|end| end == "sql" || end == "py") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

/// Writes the events, as CSV: what happened, or what arrives.
fn write_events(
    path: &Path,
    loaded: &Loaded,
    model: &Model,
    seed: EventSeed,
) -> Result<(), Failure> {
    let failed = || Failure::io(format!("cannot write {}", path.display()));
    if matches!(seed, EventSeed::Arrivals) {
        let deliveries =
            SimulationReader::of_deliveries(model.simulate(model.seed()), Shard::WHOLE);
        let mut file = BufWriter::new(File::create(path).map_err(failed())?);
        return write_delivery_rows(deliveries, &mut file).map_err(failed());
    }
    let digest = loaded.scenario.digest();
    let truth = model.clone().without_faults();
    let generation = Generation { format: Format::Csv, ..Generation::whole(&truth, &digest) };
    let interrupt = Interrupt::listen()?;
    let mut watch = |_: Progress| {
        if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let written = generation.write_file(path, Compression::None, &mut watch);
    if interrupt.is_pressed() {
        return Err(Failure::Interrupted);
    }
    written.map(|_| ()).map_err(failed())
}
