//! `generate` and `merge` as a user runs them: real processes and real files.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use event_simulator_timeline::{Events, Manifest};

use super::program::{self, PROGRAM, stderr};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn assert_succeeds(arguments: &[&str]) -> Vec<u8> {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_has_the_bytes_of_standard_output_and_a_true_manifest() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.jsonl");
    let streamed = assert_succeeds(&["generate", "quick-test", "--seed", "5"]);
    assert_succeeds(&["generate", "quick-test", "--seed", "5", "-o", text(&file)]);
    assert_eq!(fs::read(&file).unwrap(), streamed);
    let manifest = fs::read(Manifest::path_for(&file)).unwrap();
    let manifest: Manifest = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest.seed, 5);
    assert_eq!(manifest.bytes, streamed.len() as u64);
    assert_eq!(manifest.events, streamed.split(|&byte| byte == b'\n').count() as u64 - 1);
    assert_eq!(manifest.events_by_type.values().sum::<u64>(), manifest.events);
}

#[test]
fn compressed_and_csv_timelines_hold_the_same_events() {
    let directory = tempfile::tempdir().unwrap();
    let mut read = Vec::new();
    for (name, more) in [
        ("t.jsonl", &[][..]),
        ("t.jsonl.gz", &[]),
        ("t.jsonl.zst", &[]),
        ("t.squeezed", &["--compress", "zstd"]),
        ("t.csv", &["--format", "csv"]),
    ] {
        let file = directory.path().join(name);
        let mut arguments = vec!["generate", "custom-events", "-o", text(&file)];
        arguments.extend(more);
        assert_succeeds(&arguments);
        let events: Result<Vec<_>, _> = Events::open(&file).unwrap().collect();
        read.push(events.unwrap());
    }
    assert!(read[0].len() > 100);
    assert!(read.iter().all(|events| *events == read[0]));
    let smaller = fs::metadata(directory.path().join("t.jsonl.zst")).unwrap().len();
    assert!(smaller < fs::metadata(directory.path().join("t.jsonl")).unwrap().len() / 4);
}

#[test]
fn parts_merge_to_the_bytes_of_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let whole = assert_succeeds(&["generate", "traffic-spike"]);
    let parts: Vec<_> = (0..3).map(|part| path(&format!("part{part}.jsonl.zst"))).collect();
    for (index, part) in parts.iter().enumerate() {
        let shard = format!("{index}/3");
        assert_succeeds(&["generate", "traffic-spike", "--shard", &shard, "-o", text(part)]);
    }
    let merged = path("merged.jsonl");
    assert_succeeds(&[
        "merge",
        text(&parts[2]),
        text(&parts[0]),
        text(&parts[1]),
        "-o",
        text(&merged),
    ]);
    assert!(fs::read(&merged).unwrap() == whole);

    let incomplete =
        run(&["merge", text(&parts[0]), text(&parts[1]), "-o", text(&path("no.jsonl"))]);
    assert_eq!(incomplete.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&incomplete.stderr).contains("part 2/3 is missing"));
    assert!(!path("no.jsonl").exists());

    let damaged = path("damaged.jsonl");
    let plain =
        assert_succeeds(&["generate", "quick-test", "--shard", "0/1", "-o", text(&damaged)]);
    assert!(plain.is_empty());
    let mut lines = fs::read_to_string(&damaged).unwrap();
    lines.truncate(lines.trim_end().rfind('\n').unwrap() + 1);
    fs::write(&damaged, lines).unwrap();
    let refused = run(&["merge", text(&damaged), "-o", text(&path("no.jsonl"))]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("damaged.jsonl: it is not what"));
    assert!(!path("no.jsonl").exists());
}

#[test]
fn what_is_read_is_not_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let (scenario, timeline) = (path("s.manifest.json"), path("t.jsonl"));
    fs::write(&scenario, "seed: 1\n").unwrap();
    assert_succeeds(&["generate", "quick-test", "-o", text(&timeline)]);
    let manifest = Manifest::path_for(&timeline);
    let read = || [&scenario, &timeline, &manifest].map(|path| fs::read(path).unwrap());
    for arguments in [
        &["generate", text(&scenario), "-o", text(&scenario)][..],
        &["run", text(&scenario), "--save", text(&scenario)],
        &["generate", text(&scenario), "-o", text(&path("s"))],
        &["merge", text(&timeline), "-o", text(&timeline)],
        &["merge", text(&timeline), "-o", text(&manifest)],
        &["replay", text(&timeline), "--summary", text(&manifest)],
        &["replay", text(&timeline), "--summary", text(&timeline)],
        &["replay", text(&timeline), "--dead-letters", text(&timeline)],
        &["replay", text(&timeline), "--journal", "x", "--dead-letters", "./x"],
    ] {
        let before = read();
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("needs a file of its own"));
        assert_eq!(read(), before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_ends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.jsonl");
    for (arguments, code) in
        [(&["generate", "quick-test", "-o", text(&file)][..], 0), (&["stats", "none"], 1)]
    {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let status = program(arguments).stderr(full).status().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    assert!(file.exists());
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let mut child = program(&["generate", "continuous"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut String::new()).unwrap();
    drop(lines);
    assert!(child.wait().unwrap().success());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let full = run(&["generate", "load-test", "-o", "/dev/full"]);
    assert_eq!(full.status.code(), Some(1));
    let message = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(
        message.contains("cannot write /dev/full") && message.contains("No space left"),
        "{message}"
    );

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.jsonl");
    // The shell's limit is in blocks of 512 bytes or 1 KiB; the timeline has megabytes.
    let script = "ulimit -f 100; trap '' XFSZ; exec \"$0\" generate load-test -o \"$1\"";
    let limited = Command::new("sh").args(["-c", script, PROGRAM, text(&file)]).output().unwrap();
    assert_eq!(limited.status.code(), Some(1), "{}", String::from_utf8_lossy(&limited.stderr));
    assert_eq!(names(directory.path()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_leave_nothing_behind() {
    for signal in ["-INT", "-TERM"] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("t.jsonl");
        let mut child = program(&["generate", "continuous", "-o", text(&file)])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It listens for signals before it creates the file.
        while names(directory.path()).is_empty() {
            std::thread::yield_now();
        }
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(names(directory.path()), Vec::<String>::new());
    }
}

/// A pipe without another end is waited for, but not after SIGTERM.
#[cfg(target_os = "linux")]
#[test]
fn what_hangs_in_a_pipe_can_be_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for flag in ["-o", "--check"] {
        let mut child = program(&["generate", "quick-test", flag, text(&pipe)]).spawn().unwrap();
        while !catches_sigterm(&child) {
            std::thread::yield_now();
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{flag}");
    }
}

#[cfg(target_os = "linux")]
fn catches_sigterm(child: &std::process::Child) -> bool {
    const TERM: u32 = 15;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() >> (TERM - 1) & 1 == 1
}

#[test]
fn an_output_that_cannot_be_is_told() {
    for (output, code, message) in [
        (".", 1, "directory"),
        ("no/such/place/t.jsonl", 1, "there is no folder no/such/place"),
        ("-", 2, "name a file"),
    ] {
        let failed = run(&["generate", "quick-test", "-o", output]);
        assert_eq!(failed.status.code(), Some(code));
        let errors = String::from_utf8_lossy(&failed.stderr).into_owned();
        assert!(errors.contains(output) && errors.contains(message), "{errors}");
    }
}

#[test]
fn stats_tests_the_mix_and_counts_what_is_no_event() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.jsonl");
    assert_succeeds(&["generate", "load-test", "-o", text(&file)]);
    let same = ["stats", text(&file), "--scenario", "load-test", "--fail-below", "0.001"];
    let printed = String::from_utf8(assert_succeeds(&same)).unwrap();
    assert!(printed.contains("Total Events:") && printed.contains("in accord"), "{printed}");
    let other =
        run(&["stats", text(&file), "--scenario", "high-interaction", "--fail-below", "0.001"]);
    assert_eq!(other.status.code(), Some(1));

    let lines = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{}\nnot an event\n", lines.lines().next().unwrap())).unwrap();
    let broken = run(&["stats", text(&file)]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("line 2"));
    assert!(String::from_utf8_lossy(&broken.stdout).contains("Errors:              1"));
}

/// Whom a session is of, its id says with the seed, where accounts hide it.
#[test]
fn stats_tests_the_mix_of_users_with_accounts() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("t.jsonl");
    assert_succeeds(&["generate", "web-shop", "--users", "1500", "--seed", "5", "-o", text(&file)]);
    let test = ["stats", text(&file), "--scenario", "web-shop", "--fail-below", "0.001"];
    let printed = String::from_utf8(assert_succeeds(&test)).unwrap();
    assert!(printed.contains("Mix of 1,500 users:") && printed.contains("in accord"), "{printed}");
    let wrong = run(&[&test[..], &["--seed", "6"]].concat());
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("give the --seed of the timeline"), "{said}");
}

#[test]
fn a_name_that_says_another_form_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format, cure) in [
        ("events.parquet", "jsonl", "leave --format out"),
        ("events.arrow", "parquet", "name it .parquet"),
        ("events.orc", "parquet", "name it .parquet"),
        ("events.parquet.gz", "parquet", "compressed within"),
        ("events.csv.gz", "jsonl", "leave --format out"),
        ("events.jsonl", "csv", "choose"),
    ] {
        let arguments = ["generate", "quick-test", "-o", name, "--format", format];
        let output = program::run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(stderr(&output).contains(cure), "{}", stderr(&output));
        assert!(!folder.path().join(name).exists());
    }
    let named = ["generate", "quick-test", "-o", "events.csv", "--format", "csv"];
    assert!(program::run(folder.path(), &named).status.success());
}
