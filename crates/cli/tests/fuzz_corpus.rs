//! The fuzzers' entries of what stands around the simulator, run over their corpus and over mutations of it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[path = "../../../fuzz/entries/collector.rs"]
mod collector;
#[path = "../../../fuzz/entries/options.rs"]
mod options;
#[path = "../../../fuzz/entries/records.rs"]
mod records;
#[path = "../../../fuzz/entries/verify_lines.rs"]
mod verify_lines;
#[path = "../../../fuzz/entries/verify_tables.rs"]
mod verify_tables;

/// A corpus's name, and what runs a file of it.
type Entry = (&'static str, fn(&[u8]));

const ENTRIES: [Entry; 5] = [
    ("collector", collector::run),
    ("options", options::run),
    ("records", records::run),
    ("verify_lines", verify_lines::run),
    ("verify_tables", verify_tables::run),
];

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn every_corpus_holds() {
    for (name, run) in ENTRIES {
        let files = corpus(name);
        assert!(!files.is_empty(), "{name}");
        for file in files {
            run(&file);
        }
    }
}

/// An entry, and a file of its corpus with some bytes overwritten, taken out or put in.
fn mutated() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let files: Vec<(usize, Vec<u8>)> = ENTRIES
        .iter()
        .enumerate()
        .flat_map(|(entry, (name, _))| corpus(name).into_iter().map(move |file| (entry, file)))
        .collect();
    let edit = (any::<prop::sample::Index>(), 0..3_usize, any::<u8>());
    let edits = prop::collection::vec(edit, 1..8);
    (prop::sample::select(files), edits).prop_map(|((entry, mut bytes), edits)| {
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"{}[]\",:\\\n0nu\r\x1b"[usize::from(byte) % 14]),
            }
        }
        (entry, bytes)
    })
}

proptest! {
    #[test]
    fn mutated_files_are_read_or_refused((entry, bytes) in mutated()) {
        ENTRIES[entry].1(&bytes);
    }
}
