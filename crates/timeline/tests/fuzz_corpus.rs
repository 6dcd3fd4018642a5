//! The fuzzers' entries, run over their corpus and over mutations of what people write.

use std::fs;
use std::path::{Path, PathBuf};

use event_simulator::scenario::{shipped, starter};
use proptest::prelude::*;

#[path = "../../../fuzz/entries/merge.rs"]
mod merge;
#[path = "../../../fuzz/entries/quantities.rs"]
mod quantities;
#[path = "../../../fuzz/entries/scanner.rs"]
mod scanner;
#[path = "../../../fuzz/entries/scenario.rs"]
mod scenario;
#[path = "../../../fuzz/entries/timeline.rs"]
mod timeline;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_corpus_holds() {
    let hold = |name: &str, run: fn(&[u8])| {
        for file in files(&format!("fuzz/corpus/{name}")) {
            run(&fs::read(file).unwrap());
        }
    };
    hold("merge", merge::run);
    hold("quantities", quantities::run);
    hold("scanner", scanner::run);
}

#[test]
fn the_scenario_corpus_holds() {
    for folder in ["fuzz/corpus/scenario", "tests/wrong-scenarios", "scenarios"] {
        for file in files(folder) {
            scenario::run(&fs::read(file).unwrap());
        }
    }
}

/// A text of YAML's own characters, which goes deeper than one of arbitrary characters.
fn yaml_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "simulation",
        "num_users",
        "event_probabilities",
        "auto",
        "pages",
        "user_journeys",
        "name",
        "probability",
        "path",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "    ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "<<",
        "?",
        "|",
        ">",
        "'",
        "\"",
        "\\",
        "#",
        " #",
        "!",
        "!!str ",
        "%",
        "---",
        "...",
        "~",
        "null",
        "true",
        ".nan",
        ".inf",
        "1e999",
        "0x",
        "0xff",
        "-",
        "1",
        "0.5",
        "\t",
        "\r\n",
        "\u{feff}",
        "\u{85}",
        "\0",
        "é",
        "😀",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

/// A shipped scenario with some bytes overwritten, taken out or put in.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let shipped = shipped::ALL.iter().map(|shipped| shipped.yaml.to_owned());
    let files: Vec<String> = shipped.chain([starter()]).collect();
    let edit = (any::<prop::sample::Index>(), 0..3_usize, any::<u8>());
    (prop::sample::select(files), prop::collection::vec(edit, 1..8)).prop_map(|(file, edits)| {
        let mut bytes = file.as_bytes().to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b" :-\n[]{}#&*!|>'\"%@`0"[usize::from(byte) % 20]),
            }
        }
        bytes
    })
}

#[test]
fn the_timeline_corpus_holds() {
    for file in files("fuzz/corpus/timeline") {
        timeline::run(&fs::read(file).unwrap());
    }
}

/// Two lines of a timeline with some bytes overwritten, taken out or put in.
fn mutated_timeline() -> impl Strategy<Value = Vec<u8>> {
    let file = fs::read(files("fuzz/corpus/timeline")[0].clone()).unwrap();
    let edit = (any::<prop::sample::Index>(), 0..3_usize, any::<u8>());
    prop::collection::vec(edit, 1..8).prop_map(move |edits| {
        let mut bytes = file.clone();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, b"{}[]\",:\\\n0nu\r"[usize::from(byte) % 13]),
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn mutated_timelines_are_read_or_refused(bytes in mutated_timeline()) {
        timeline::run(&bytes);
    }

    #[test]
    fn arbitrary_bytes_are_a_timeline_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        timeline::run(&bytes);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_explained(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        scenario::run(&bytes);
    }

    #[test]
    fn arbitrary_text_is_read_or_explained(text in "\\PC{0,100}") {
        scenario::run(text.as_bytes());
    }

    #[test]
    fn yaml_like_text_is_read_or_explained(text in yaml_like()) {
        scenario::run(text.as_bytes());
    }

    #[test]
    fn mutated_scenarios_are_read_or_explained(bytes in mutated()) {
        scenario::run(&bytes);
    }
}
