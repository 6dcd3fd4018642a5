//! Timelines as Parquet and Arrow.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::program::{PROGRAM, run, stderr, stdout};

const SHOP: [&str; 6] = ["generate", "web-shop", "--users", "40", "--duration", "30h"];

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn generate(folder: &Path, arguments: &[&str]) {
    succeed(folder, &[&SHOP[..], arguments].concat());
}

#[test]
fn every_command_reads_them_as_it_reads_lines() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["-o", "events.jsonl"]);
    generate(folder, &["--format", "parquet", "--partition-by", "date", "-o", "by-date"]);
    let statistics = succeed(folder, &["stats", "events.jsonl"]);
    let replayed = |name| succeed(folder, &["replay", name, "--url", "stdout:", "--speed", "max"]);
    let sent = replayed("events.jsonl").lines().count();
    succeed(folder, &["expect", "events.jsonl", "-o", "expected"]);
    for name in ["events.parquet", "events.arrow", "by-date"] {
        if name != "by-date" {
            generate(folder, &["-o", name]);
        }
        assert_eq!(succeed(folder, &["stats", name]), statistics, "{name}");
        assert_eq!(replayed(name).lines().count(), sent, "{name}");
        let tables = format!("{name}-expected");
        succeed(folder, &["expect", name, "-o", &tables]);
        succeed(folder, &["verify", "--expected", "expected", "--actual", &tables]);
        for (ours, theirs) in [("events.jsonl", name), (name, "events.jsonl")] {
            let text = succeed(folder, &["verify", "--sent", ours, "--received", theirs]);
            assert!(text.contains("OK"), "{text}");
        }
        let difference = stdout(&run(folder, &["diff", "events.jsonl", name]));
        assert!(difference.contains("Every event is the same"), "{difference}");
    }
}

#[test]
fn threads_parts_and_the_way_of_the_bytes_change_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["-o", "whole.parquet"]);
    generate(folder, &["--jobs", "3", "-o", "by-threads.parquet"]);
    generate(folder, &["--shard", "0/2", "-o", "0.parquet"]);
    generate(folder, &["--shard", "1/2", "-o", "1.parquet"]);
    succeed(folder, &["merge", "1.parquet", "0.parquet", "-o", "merged.parquet"]);
    let printed = run(folder, &[&SHOP[..], &["--format", "parquet"]].concat()).stdout;
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let whole = read("whole.parquet");
    assert!(printed == whole);
    for name in ["by-threads.parquet", "merged.parquet"] {
        assert!(read(name) == whole, "{name}");
        assert_eq!(
            read(&format!("{name}.manifest.json")),
            read("whole.parquet.manifest.json"),
            "{name}"
        );
    }
    let refused = run(folder, &["merge", "0.parquet", "1.parquet", "-o", "merged.jsonl"]);
    assert!(stderr(&refused).contains("name it .parquet"), "{}", stderr(&refused));
}

#[test]
fn a_stream_is_read_as_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    generate(folder, &["-o", "events.jsonl"]);
    let statistics = succeed(folder, &["stats", "events.jsonl"]);
    for format in ["arrow", "parquet"] {
        let bytes = run(folder, &[&SHOP[..], &["--format", format]].concat()).stdout;
        let mut stats = Command::new(PROGRAM)
            .args(["stats", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        stats.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = stats.wait_with_output().unwrap();
        assert_eq!(stdout(&output), statistics, "{format}");
    }
}

#[test]
fn a_directory_by_date_is_new_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let by_date = [&SHOP[..], &["--partition-by", "date", "-o", "by-date/"]].concat();
    let refused = |arguments: &[&str]| {
        let output = run(folder, arguments);
        assert!(!output.status.success());
        stderr(&output)
    };
    assert!(refused(&by_date).contains("give --format parquet"));
    let by_date = [&by_date[..], &["--format", "parquet"]].concat();
    succeed(folder, &by_date);
    let dates: Vec<_> = ["date=2026-01-01", "date=2026-01-02"]
        .map(|date| folder.join("by-date").join(date).join("part-0.parquet").is_file())
        .into();
    assert_eq!(dates, [true, true]);
    assert!(folder.join("by-date.manifest.json").is_file());
    assert!(refused(&by_date).contains("not an empty directory"));
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "nothing is left aside");
}

#[test]
fn what_is_damaged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["events.parquet", "events.arrow"] {
        generate(folder, &["-o", name]);
        let whole = fs::read(folder.join(name)).unwrap();
        fs::write(folder.join(name), &whole[..whole.len() / 2]).unwrap();
        for arguments in [&["stats", name][..], &["verify", "--sent", name, "--received", name]] {
            let output = run(folder, arguments);
            assert!(!output.status.success());
            let said = stdout(&output) + &stderr(&output);
            assert!(said.contains(name) && said.contains("damaged or cut off"), "{said}");
        }
    }
}
