//! What must hold of `verify` whatever a table holds, for the fuzzer and the normal tests.

use std::fs;
use std::path::Path;

use event_simulator_check::verify::{
    FindingKind, Findings, Report, TableError, Tolerances, verify_tables,
};

const EXPECTED: &[u8] = include_bytes!("../corpus/verify_tables/event_counts.csv");

/// Takes `bytes` for a table of every form, and verifies it against a small one and against itself. No
/// table has a row that it does not have itself.
pub(crate) fn run(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    for side in ["expected", "actual"] {
        fs::create_dir(path(side)).expect("a folder");
    }
    fs::write(path("expected/event_counts.csv"), EXPECTED).expect("the expected table");
    for extension in ["csv", "tsv", "json", "jsonl"] {
        let actual = path(&format!("actual/event_counts.{extension}"));
        fs::write(&actual, bytes).expect("a table");
        if let Ok(report) = verify(&path("expected"), &path("actual")) {
            let shown = report.to_string();
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
            assert!(bytes != EXPECTED || extension != "csv" || report.is_clean(), "{shown}");
        }
        if let Ok(report) = verify(&path("actual"), &path("actual")) {
            assert!(!report.counts.contains_key(&FindingKind::Unexpected), "{report}");
        }
        fs::remove_file(actual).expect("the table is there");
    }
}

fn verify(expected: &Path, actual: &Path) -> Result<Report, TableError> {
    verify_tables(expected, actual, &Tolerances::default(), Findings::default())
}
