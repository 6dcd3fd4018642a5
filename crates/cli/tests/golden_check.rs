//! `generate --check`, as people who commit fixtures run it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::program::{run, stderr};

/// A small scenario of the user's own, and its golden file.
fn fixture(golden: &str, arguments: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "seed: 7\nsimulation: { num_users: 3, duration_seconds: 60 }\n";
    fs::write(folder.path().join("shop.yaml"), yaml).unwrap();
    let made = generate(folder.path(), &[arguments, &["-o", golden]].concat());
    assert!(made.status.success(), "{}", stderr(&made));
    folder
}

fn generate(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["generate", "shop.yaml"], arguments].concat())
}

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Changes a file and gives the report of a check that must fail, and write nothing.
fn report_after(
    golden: &str,
    change: impl FnOnce(String) -> String,
    arguments: &[&str],
) -> (TempDir, String) {
    let folder = fixture(golden, &[]);
    let path = folder.path().join(golden);
    let changed = change(fs::read_to_string(&path).unwrap());
    fs::write(&path, &changed).unwrap();
    let before = files(folder.path());
    let output = generate(folder.path(), &[&["--check", golden], arguments].concat());
    let report = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(output.stdout.is_empty());
    assert_eq!(files(folder.path()), before, "a check writes nothing");
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    (folder, report)
}

fn assert_says(report: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(report.contains(wanted), "{wanted:?} is not in:\n{report}");
    }
}

#[test]
fn the_same_in_every_form() {
    for (golden, arguments) in [
        ("golden.jsonl", &[][..]),
        ("golden.jsonl.gz", &[]),
        ("golden.jsonl.zst", &["--jobs", "2"]),
        ("golden.csv", &["--format", "csv"]),
        ("golden.jsonl", &["--shard", "1/2"]),
    ] {
        let folder = fixture(golden, arguments);
        let before = files(folder.path());
        let output = generate(folder.path(), &[arguments, &["--check", golden]].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{message}");
        assert!(message.starts_with(&format!("OK: {golden}: the same, ")), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(output.stdout.is_empty());
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn an_edited_file_is_told_from_a_changed_scenario() {
    let edit = |text: String| text.replacen("\"page_visited\"", "\"page_viewed\"", 1);
    let (_folder, report) = report_after("golden.jsonl", edit, &[]);
    assert_says(
        &report,
        &[
            "line 2 is the first that differs, in event_type (- golden, + now)\n",
            "1 differ, counted line against line",
            "page_viewed: -1\n",
            "page_visited: +1\n",
            "the golden file is not what was generated",
            "event-simulator diff golden.jsonl NEW",
        ],
    );
    assert!(!report.contains("the scenario is another"), "{report}");
}

#[test]
fn another_seed_and_another_scenario_are_named() {
    let (_folder, report) = report_after("golden.jsonl", |text| text, &["--seed", "8"]);
    assert_says(&report, &["seed: 7 golden, 8 now", "line 1 is the first that differs"]);
    assert!(!report.contains("the scenario is another"), "{report}");

    let (_folder, report) = report_after("golden.jsonl", |text| text, &["--users", "4"]);
    assert_says(&report, &["the scenario is another", "session_created: +"]);
    assert!(!report.contains("seed: "), "{report}");
}

#[test]
fn another_format_version_is_named() {
    let folder = fixture("golden.jsonl", &[]);
    let manifest = folder.path().join("golden.jsonl.manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let older = text.replace("\"format_version\": 2", "\"format_version\": 1");
    assert_ne!(older, text);
    fs::write(&manifest, older).unwrap();
    // Without a difference in the bytes, the manifest alone is nothing to fail for.
    assert!(generate(folder.path(), &["--check", "golden.jsonl"]).status.success());
    let output = generate(folder.path(), &["--check", "golden.jsonl", "--format", "csv"]);
    assert_says(
        &stderr(&output),
        &["format version: 1 golden, 2 now", "format: jsonl golden, csv now"],
    );
}

#[test]
fn a_missing_end_and_windows_line_ends_are_told_apart() {
    let half = |text: String| text.split_inclusive('\n').take(5).collect();
    let (_folder, report) = report_after("golden.jsonl", half, &[]);
    assert_says(
        &report,
        &["line 6 is the first that differs (- golden, + now)\n  - (the end)", "5 lines golden, "],
    );

    let windows = |text: String| text.replace('\n', "\r\n");
    let (_folder, report) = report_after("golden.jsonl", windows, &[]);
    assert_says(&report, &["only line ends or blank lines differ", "`*.jsonl -text`"]);
}

#[test]
fn without_a_manifest_the_cause_is_said_to_be_unknown() {
    let folder = fixture("golden.jsonl", &[]);
    fs::remove_file(folder.path().join("golden.jsonl.manifest.json")).unwrap();
    assert!(generate(folder.path(), &["--check", "golden.jsonl"]).status.success());
    let report = stderr(&generate(folder.path(), &["--check", "golden.jsonl", "--seed", "1"]));
    assert_says(&report, &["golden.jsonl.manifest.json: ", "is not known"]);
}

#[test]
fn what_cannot_be_checked_says_why() {
    let folder = fixture("golden.jsonl", &[]);
    let output = generate(folder.path(), &["--check", "nothing.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert_says(&stderr(&output), &["nothing.jsonl (make it by", "-o in place of --check"]);

    let output = generate(folder.path(), &["--check", "golden.jsonl", "--duration", "0"]);
    assert_eq!(output.status.code(), Some(2));
    assert_says(&stderr(&output), &["has no end", "--duration"]);

    let output = generate(folder.path(), &["--check", "golden.jsonl", "-o", "new.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
}
