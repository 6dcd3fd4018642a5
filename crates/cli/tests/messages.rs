//! What messages say: the file, what is wrong with it, and what to do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use event_simulator_collector::{Collector, CollectorConfig};
use tempfile::{TempDir, tempdir};

use super::program::{run, stderr};

/// A folder with a timeline.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let made = run(folder.path(), &["generate", "quick-test", "-o", "events.jsonl.zst"]);
    assert!(made.status.success(), "{}", stderr(&made));
    folder
}

/// The last lines that a command says, which fails.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
    let said = stderr(&output);
    said[said.find("error: ").unwrap()..].to_owned()
}

#[test]
fn a_file_that_breaks_off_is_said_to_do_so_by_every_reader() {
    let folder = folder();
    let whole = fs::read(folder.path().join("events.jsonl.zst")).unwrap();
    fs::write(folder.path().join("cut.jsonl.zst"), &whole[..300]).unwrap();
    let replay = ["replay", "cut.jsonl.zst", "--speed", "max", "--url", "file:out.jsonl"];
    for arguments in
        [&replay[..], &["stats", "cut.jsonl.zst"], &["diff", "cut.jsonl.zst", "cut.jsonl.zst"]]
    {
        let said = told(folder.path(), arguments);
        assert!(said.contains("cut.jsonl.zst: the zstd data breaks off"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_part_without_a_manifest_and_a_part_that_is_not_there_are_told_apart() {
    let folder = folder();
    fs::remove_file(folder.path().join("events.jsonl.zst.manifest.json")).unwrap();
    let merge = |part| told(folder.path(), &["merge", part, "-o", "whole.jsonl"]);
    assert_eq!(
        merge("events.jsonl.zst"),
        "error: events.jsonl.zst has no manifest beside it, events.jsonl.zst.manifest.json: \
         `generate` writes one with each file\n"
    );
    assert!(merge("nothing.jsonl").starts_with("error: nothing.jsonl: No such file"));
}

#[test]
fn what_is_no_result_is_refused_by_the_report_with_what_a_result_is() {
    let folder = folder();
    let report = |file| told(folder.path(), &["report", file, "-o", "page.html"]);
    fs::create_dir(folder.path().join("results")).unwrap();
    assert_eq!(report("results"), "error: results is a directory: name the results in it\n");
    let said = report("events.jsonl.zst");
    assert!(said.contains("not JSON") && said.contains("as --json, --summary and --report write"));
}

#[test]
fn one_line_is_not_said_to_be_several() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("events.jsonl"), "{}\n").unwrap();
    let said = told(folder.path(), &["stats", "events.jsonl"]);
    assert!(
        said.starts_with("error: 1 line without an event; the first: events.jsonl, line 1: "),
        "{said}"
    );
}

#[test]
fn a_target_that_refuses_everything_is_told_in_lines_that_can_be_read() {
    let folder = folder();
    let collector = Collector::start(CollectorConfig { port: 0, ..Default::default() }).unwrap();
    let url = format!("http://{}/elsewhere", collector.addr());
    let said =
        told(folder.path(), &["replay", "events.jsonl.zst", "--speed", "max", "--url", &url]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].ends_with("requests was refused: status 404"), "{said}");
    assert_eq!(lines[1], format!("  tried: POST {url}"));
    let begins = |words: &str| lines.iter().any(|line| line.starts_with(words));
    assert!(begins("  help: ") && begins("  by hand: curl -i -X POST"), "{said}");
    // Nothing was sent, so there is nothing to remember.
    let all = stderr(&run(
        folder.path(),
        &["replay", "events.jsonl.zst", "--url", &url, "--speed", "max"],
    ));
    assert!(!all.contains("nothing remembers what was sent"), "{all}");
}

#[test]
fn a_run_at_another_speed_says_by_the_clock_when_it_is_over() {
    let folder = tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let start = "2026-01-01T00:00:00Z";
    let header = |flags: &[&str]| {
        let run_it = ["run", "quick-test", "--start", start, "--duration", "1m", "--url", &url];
        let said = stderr(&run(folder.path(), &[&run_it, flags].concat()));
        said.lines().next().unwrap_or_default().to_owned()
    };
    let end = "the last session ends by 2026-01-01T00:11:00.000Z";
    assert!(header(&[]).contains(&format!("{end}; Ctrl+C")), "{}", header(&[]));
    let fast = header(&["--speed", "60"]);
    assert!(fast.contains(&format!("{end} of virtual time, in 11.0 s; Ctrl+C")), "{fast}");
    let most = header(&["--speed", "max"]);
    assert!(most.contains(&format!("{end} of virtual time; Ctrl+C")), "{most}");
}
