//! `expect --after-each`: what is right after each batch of arrivals.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use event_simulator::expectations::{RowChange, Tables, row_changes};
use event_simulator_timeline::{BatchManifest, NamedInput, open};

use crate::failure::Failure;

/// The file that lists the rows that change.
const CHANGES: &str = "changes.jsonl";

#[derive(Serialize)]
struct ChangedRow<'a> {
    after: &'a str,
    #[serde(flatten)]
    row: &'a RowChange,
}

/// Writes the tables that are right after each batch of a folder, each into a folder of its own called as the batch is, and
/// the rows that have changed with it. `tables` writes those of some arrivals into a folder.
pub(super) fn write(
    batches: &Path,
    output: &Path,
    mut tables: impl FnMut(Vec<NamedInput>, &Path) -> Result<Tables, Failure>,
) -> Result<(), Failure> {
    let manifest = BatchManifest::of_folder(batches)?;
    let shown = output.display();
    fs::create_dir_all(output).map_err(Failure::io(format!("cannot make {shown}")))?;
    let path = output.join(CHANGES);
    let failed = || format!("cannot write {}", path.display());
    let mut changes = BufWriter::new(File::create(&path).map_err(Failure::io(failed()))?);
    let mut before = Tables::default();
    let mut files: Vec<PathBuf> = Vec::new();
    for batch in &manifest.batches {
        files.push(batches.join(&batch.file));
        let name = batch.file.trim_end_matches(".jsonl");
        let after = tables(arrivals(&files)?, &output.join(name))?;
        let rows = row_changes(&before, &after);
        for row in rows.map_err(|error| Failure::Failed(error.to_string()))? {
            let line = serde_json::to_vec(&ChangedRow { after: name, row: &row });
            let written = line.map_err(io::Error::from).and_then(|mut line| {
                line.push(b'\n');
                changes.write_all(&line)
            });
            written.map_err(Failure::io(failed()))?;
        }
        before = after;
    }
    changes.flush().map_err(Failure::io(failed()))
}

/// The inputs, as what arrives.
pub(super) fn arrivals(files: &[PathBuf]) -> Result<Vec<NamedInput>, Failure> {
    let open = |path: &PathBuf| {
        let name = path.display().to_string();
        let input = open(path).map_err(Failure::io(format!("cannot open {name}")))?;
        Ok((name, input))
    };
    files.iter().map(open).collect()
}
