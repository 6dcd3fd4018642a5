//! The files of a dbt project that hold a scenario and what is right of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use event_simulator::expectations::tables::{ColumnKind, Shape};
use event_simulator_timeline::write_whole;

use crate::failure::Failure;

/// The folder below `seeds` and `tests` that is ours.
const FOLDER: &str = "event_simulator";

/// The first line of our tests, by which those of an earlier run are known.
const MARK: &str = "-- Written by `event-simulator dbt-seeds`.";

const MACRO: &str = include_str!("dbt_differences.sql");
const MACRO_FILE: &str = "event_simulator_differences.sql";

/// The seed that models read.
#[derive(Clone, Copy)]
pub(super) enum EventSeed {
    /// What happened.
    Events,
    /// What arrives.
    Arrivals,
}

impl EventSeed {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Events => "event_simulator_events",
            Self::Arrivals => "event_simulator_arrivals",
        }
    }

    fn file(self) -> String {
        format!("{}.csv", self.name())
    }

    /// What a column of it holds.
    fn kind_of(column: &str) -> ColumnKind {
        match column {
            "event_time" | "received_at" => ColumnKind::Time,
            _ => ColumnKind::Text,
        }
    }
}

/// A model that must be a table.
#[derive(Clone, Debug)]
pub(super) struct TestedModel {
    pub(super) shape: &'static Shape,
    pub(super) model: String,
}

/// A test of a model, with the table that is right.
pub(super) struct TableTest<'a> {
    pub(super) tested: TestedModel,
    pub(super) csv: &'a [u8],
}

impl TableTest<'_> {
    fn seed(&self) -> String {
        format!("expected_{}", self.tested.shape.name)
    }

    fn name(&self) -> String {
        let TestedModel { shape, model } = &self.tested;
        let is = if model == shape.name { "right" } else { shape.name };
        format!("{model}_is_{is}")
    }

    /// The text of the test: a query for the rows that are wrong.
    fn sql(&self) -> String {
        let Shape { keys, values, .. } = self.tested.shape;
        let mut sql = format!("{MARK}\n{{{{ event_simulator_differences(\n");
        let _ = writeln!(sql, "  expected=ref('{}'),", self.seed());
        let _ = writeln!(sql, "  actual=ref('{}'),", self.tested.model);
        let _ = write!(sql, "  keys={}", list(keys.iter().copied()));
        for kind in ColumnKind::ALL {
            let of_kind = keys.iter().chain(*values).copied();
            let columns: Vec<&str> = of_kind.filter(|name| ColumnKind::of(name) == kind).collect();
            if !columns.is_empty() {
                let _ = write!(sql, ",\n  {}={}", words(kind).plural, list(columns.into_iter()));
            }
        }
        sql + "\n) }}\n"
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// What dbt calls columns of a kind.
struct KindWords {
    /// The argument of our macro.
    plural: &'static str,
    /// The type of a seed's column.
    seed_type: &'static str,
}

fn words(kind: ColumnKind) -> KindWords {
    let (plural, seed_type) = match kind {
        ColumnKind::Text => ("texts", "varchar"),
        ColumnKind::Count => ("counts", "bigint"),
        ColumnKind::Number => ("numbers", "double precision"),
        ColumnKind::Flag => ("flags", "boolean"),
        ColumnKind::Date => ("dates", "date"),
        ColumnKind::Time => ("times", "timestamp"),
    };
    KindWords { plural, seed_type }
}

/// Writes a project's seeds, tests and macro in place of what an earlier run wrote. `write_events` writes the events into a file.
pub(super) fn write_project(
    project: &Path,
    events: EventSeed,
    tests: &[TableTest<'_>],
    write_events: impl FnOnce(&Path) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (seeds, queries) = (project.join("seeds").join(FOLDER), project.join("tests").join(FOLDER));
    let macros = project.join("macros");
    for folder in [&seeds, &queries, &macros] {
        let failed = format!("cannot make {}", folder.display());
        fs::create_dir_all(folder).map_err(Failure::io(failed))?;
    }
    remove_earlier(&seeds, is_our_seed)?;
    remove_earlier(&queries, is_our_test)?;
    let path = seeds.join(events.file());
    write_events(&path)?;
    let failed = || Failure::io(format!("cannot read {}", path.display()));
    let header = File::open(&path).and_then(header_of).map_err(failed())?;
    let mut yaml = String::from("version: 2\nseeds:\n");
    seed_properties(&mut yaml, events.name(), &header, EventSeed::kind_of);
    let mut files = BTreeMap::from([(macros.join(MACRO_FILE), MACRO.as_bytes().to_vec())]);
    for test in tests {
        let seed = seeds.join(format!("{}.csv", test.seed()));
        if files.insert(seed, test.csv.to_vec()).is_none() {
            seed_properties(
                &mut yaml,
                &test.seed(),
                &header_of(test.csv).map_err(failed())?,
                ColumnKind::of,
            );
        }
        files.insert(queries.join(format!("{}.sql", test.name())), test.sql().into_bytes());
    }
    files.insert(seeds.join("properties.yml"), yaml.into_bytes());
    for (path, contents) in files {
        let failed = format!("cannot write {}", path.display());
        write_whole(&path, &contents).map_err(Failure::io(failed))?;
    }
    Ok(())
}

fn remove_earlier(folder: &Path, is_ours: fn(&Path) -> bool) -> Result<(), Failure> {
    let failed = || Failure::io(format!("cannot clear {}", folder.display()));
    for entry in fs::read_dir(folder).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if is_ours(&path) {
            fs::remove_file(&path).map_err(failed())?;
        }
    }
    Ok(())
}

fn is_our_seed(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_table = name.starts_with("expected_") && name.ends_with(".csv");
    is_table
        || [EventSeed::Events, EventSeed::Arrivals]
            .iter()
            .any(|seed| name.starts_with(&seed.file()))
}

fn is_our_test(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.starts_with(MARK))
}

/// The columns of a file of CSV.
fn header_of(csv: impl io::Read) -> io::Result<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv);
    Ok(reader.headers()?.iter().map(str::to_owned).collect())
}

/// The properties of a seed: the types of its columns, which data bases otherwise guess from its rows.
fn seed_properties(
    yaml: &mut String,
    name: &str,
    columns: &[String],
    kind_of: fn(&str) -> ColumnKind,
) {
    let _ = writeln!(
        yaml,
        "  - name: {name}\n    config:\n      # Another scenario may have other columns.\n      full_refresh: true\n      column_types:"
    );
    for column in columns {
        let _ = writeln!(yaml, "        {column}: {}", words(kind_of(column)).seed_type);
    }
}
