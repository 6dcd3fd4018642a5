//! `generate --truth`: what happened, beside what arrives.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use event_simulator::scenario::Loaded;
use event_simulator_timeline::{Compression, Format, Generation, Progress};

use super::expect;
use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// What is written into the folder: each file, its form, and whether faults are left out of it.
const FILES: [(&str, Format, bool); 3] = [
    ("timeline.jsonl", Format::Jsonl, true),
    ("ledger.jsonl", Format::Ledger, false),
    ("deliveries.jsonl", Format::Deliveries, false),
];

/// The folder of the tables.
const TABLES: &str = "expected";

/// The files that are written into a folder.
pub(super) fn files(directory: &Path) -> Vec<PathBuf> {
    FILES.iter().map(|(name, ..)| directory.join(name)).collect()
}

/// Writes what happened into a folder, made if needed: the timeline, the ledger, the deliveries and the tables.
pub(super) fn write(
    directory: &Path,
    loaded: &Loaded,
    generation: &Generation<'_>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let shown = directory.display();
    std::fs::create_dir_all(directory).map_err(Failure::io(format!("cannot make {shown}")))?;
    let truth = generation.model.clone().without_faults();
    for (name, format, is_truth) in FILES {
        let model = if is_truth { &truth } else { generation.model };
        let path = directory.join(name);
        let mut watch = |_: Progress| {
            if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let generation = Generation { model, format, ..generation.clone() };
        let written = generation.write_file(&path, Compression::None, &mut watch);
        if interrupt.is_pressed() {
            return Err(Failure::Interrupted);
        }
        written.map_err(Failure::io(format!("cannot write {}", path.display())))?;
    }
    expect::write_tables(&directory.join(TABLES), &loaded.scenario, &truth)
}
