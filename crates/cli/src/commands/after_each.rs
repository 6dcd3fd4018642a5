//! `expect --after-each`: what is right after each batch of arrivals.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use event_simulator::expectations::{RowChange, Tables, row_changes};
use event_simulator::policy::IntakeReport;
use event_simulator::quantity::{grouped, show_duration};
use event_simulator_timeline::{BatchManifest, NamedInput, open};

use crate::args::policy::tell_report;
use crate::failure::Failure;
use crate::view::progress::Ticker;

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
    mut tables: impl FnMut(Vec<NamedInput>, &Path) -> Result<(Tables, IntakeReport), Failure>,
) -> Result<(), Failure> {
    let manifest = BatchManifest::of_folder(batches)?;
    let shown = output.display();
    fs::create_dir_all(output).map_err(Failure::io(format!("cannot make {shown}")))?;
    let path = output.join(CHANGES);
    let failed = || format!("cannot write {}", path.display());
    let mut changes = BufWriter::new(File::create(&path).map_err(Failure::io(failed()))?);
    let mut before = Tables::default();
    let mut files: Vec<PathBuf> = Vec::new();
    let (done, total) = (Arc::new(AtomicUsize::new(0)), manifest.batches.len());
    let shown_done = Arc::clone(&done);
    let ticker = Ticker::start(move |elapsed| {
        let (done, elapsed) = (shown_done.load(Ordering::Relaxed), show_duration(elapsed));
        format!("after batch {} of {}, {elapsed}", grouped(done as u64), grouped(total as u64))
    });
    let mut report = IntakeReport::default();
    for batch in &manifest.batches {
        done.fetch_add(1, Ordering::Relaxed);
        files.push(batches.join(&batch.file));
        let name = batch.file.trim_end_matches(".jsonl");
        let (after, counted) = tables(arrivals(&files)?, &output.join(name))?;
        report = counted;
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
    changes.flush().map_err(Failure::io(failed()))?;
    drop(ticker);
    tell_report(&report);
    note!("{shown}: what is right after each of {} batches", grouped(total as u64));
    Ok(())
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
