//! `verify` as a user runs it: the screen, the files for CI, the exit code.

use std::fs;
use std::process::Command;

use super::program::{PROGRAM, assert_snapshot, run, stderr, stdout};

/// A folder with a timeline, and with what a bad pipeline made of it: one event lost, one twice, one an
/// hour later, one that is cut off.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let generate = ["generate", "quick-test", "--seed", "7", "-o", "sent.jsonl"];
    assert!(run(folder.path(), &generate).status.success());
    let text = fs::read_to_string(folder.path().join("sent.jsonl")).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[30] = lines[30].replace("T00:", "T01:");
    lines[50].truncate(20);
    lines.insert(20, lines[20].clone());
    lines.remove(10);
    fs::write(folder.path().join("received.jsonl"), lines.join("\n")).unwrap();
    folder
}

#[test]
fn what_is_wrong_fits_a_screen_and_goes_to_files_for_ci() {
    let folder = folder();
    let files = ["--report", "findings.json", "--junit", "junit.xml"];
    let what = ["verify", "--sent", "sent.jsonl", "--received", "received.jsonl"];
    let output = run(folder.path(), &[&what[..], &files].concat());
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot("verify-screen", &stdout(&output));
    let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert_snapshot("verify-junit", &junit);
    let findings = fs::read(folder.path().join("findings.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_slice(&findings).unwrap();
    let kinds: Vec<&str> = findings["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["unreadable", "duplicated", "altered", "missing", "missing"]);
    assert_eq!(findings["report"]["counts"]["missing"], 2);
}

#[test]
fn nothing_wrong_is_said_in_two_lines_and_exits_with_0() {
    let folder = folder();
    let what = ["verify", "--sent", "sent.jsonl", "--received", "sent.jsonl"];
    let output = run(folder.path(), &what);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output).lines().count(), 2);
    let tables = |directory: &str| {
        assert!(run(folder.path(), &["expect", "sent.jsonl", "-o", directory]).status.success());
    };
    tables("expected");
    tables("actual");
    let what = ["verify", "--expected", "expected", "--actual", "actual"];
    assert_eq!(run(folder.path(), &what).status.code(), Some(0));
    fs::remove_file(folder.path().join("actual/event_counts.csv")).unwrap();
    assert_eq!(run(folder.path(), &what).status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_twice_is_refused() {
    let folder = folder();
    let output = run(folder.path(), &["verify", "--sent", "sent.jsonl", "--received", "-"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("write it to a file first"), "{error}");
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    let folder = folder();
    let events = ["verify", "--sent", "sent.jsonl", "--received", "sent.jsonl"];
    let tables = ["verify", "--expected", "a", "--actual", "b"];
    for args in [
        &[&events[..], &["--tolerance", "1"]].concat()[..],
        &[&tables[..], &["--unordered"]].concat(),
        &events[..3],
        &tables[..3],
        &["verify"],
    ] {
        assert_eq!(run(folder.path(), args).status.code(), Some(2), "{args:?}");
    }
}

/// Standard output is closed before anything is printed, as by `| true`.
#[test]
fn a_reader_that_is_gone_changes_neither_the_exit_code_nor_the_files() {
    let folder = folder();
    let what = ["--sent", "sent.jsonl", "--received", "received.jsonl", "--junit", "junit.xml"];
    let verify = [&["verify"], &what[..]].concat();
    for arguments in [&verify[..], &["diff", "sent.jsonl", "received.jsonl"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = Command::new(PROGRAM);
        let program = program.current_dir(folder.path()).args(arguments).stdout(writer);
        assert_eq!(program.status().unwrap().code(), Some(1), "{arguments:?}");
    }
    assert!(folder.path().join("junit.xml").metadata().unwrap().len() > 0);
}

#[test]
fn reports_are_not_written_over_what_is_verified() {
    let folder = folder();
    assert!(run(folder.path(), &["expect", "sent.jsonl", "-o", "expected"]).status.success());
    let events = ["verify", "--sent", "sent.jsonl", "--received", "received.jsonl"];
    let tables = ["verify", "--expected", "expected", "--actual", "expected"];
    for (what, victim) in [
        (events, "sent.jsonl"),
        (events, "received.jsonl"),
        (tables, "expected/page_engagement.csv"),
    ] {
        for option in ["--report", "--junit"] {
            let before = fs::read(folder.path().join(victim)).unwrap();
            let output = run(folder.path(), &[&what[..], &[option, victim]].concat());
            assert_eq!(output.status.code(), Some(2), "{option} {victim}");
            assert_eq!(fs::read(folder.path().join(victim)).unwrap(), before);
        }
    }
}

#[test]
fn what_is_left_out_is_named_and_an_id_that_is_not_there_is_wrong_usage() {
    let folder = folder();
    let what = ["verify", "--sent", "sent.jsonl", "--received", "sent.jsonl"];
    let output =
        run(folder.path(), &[&what[..], &["--ignore", "props.step", "--times", "ignore"]].concat());
    let screen = stdout(&output);
    assert!(screen.contains("times are not compared; not compared: props.step"), "{screen}");
    let output = run(folder.path(), &[&what[..], &["--match", "props-event-id"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("there are event_id, event_time"), "{}", stderr(&output));
}

#[test]
fn what_was_sent_is_not_held_against_tables() {
    let folder = folder();
    let output = run(folder.path(), &["verify", "--sent", "sent.jsonl", "--actual", "."]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
}

/// A timeline alone does not say what a flow declares; with the scenario, the tables are those of the simulation.
#[test]
fn goals_of_a_flow_are_expected_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for arguments in [
        &["generate", "web-shop", "-o", "shop.jsonl"][..],
        &["expect", "shop.jsonl", "--declared", "web-shop", "-o", "read"],
        &["expect", "--scenario", "web-shop", "-o", "simulated"],
        &["expect", "shop.jsonl", "-o", "plain"],
        &["verify", "--expected", "read", "--actual", "simulated"],
    ] {
        let output = run(path, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("never gives"), "{}", stderr(&output));
    }
    for table in ["goals.csv", "flow_funnels.csv"] {
        let read = fs::read(path.join("read").join(table)).unwrap();
        assert_eq!(read, fs::read(path.join("simulated").join(table)).unwrap());
        assert!(!path.join("plain").join(table).exists());
    }
    let goals = fs::read_to_string(path.join("simulated/goals.csv")).unwrap();
    let (header, rows) = goals.split_once('\n').unwrap();
    let (_, rest) = rows.split_once('\n').unwrap();
    fs::write(path.join("simulated/goals.csv"), format!("{header}\n{rest}")).unwrap();
    let output = run(path, &["verify", "--expected", "read", "--actual", "simulated"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("goals"), "{}", stdout(&output));
    let output = run(path, &["expect", "shop.jsonl", "--declared", "quick-test"]);
    assert_eq!(output.status.code(), Some(0));
    for said in ["declares no goals", "which quick-test never gives: --declared names another"] {
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn types_that_the_faults_of_the_declared_scenario_bring_are_no_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let scenario = "simulation: { num_users: 20, duration_seconds: 600 }
faults:
  back: { kind: returns, share: 1, delay: 1m, event_type: heartbeat }
  renamed: { kind: schema_change, share: 1, when: { event_type: page_closed }, property: event_type, change: set, value: page_left }
";
    fs::write(path.join("s.yaml"), scenario).unwrap();
    assert!(run(path, &["generate", "s.yaml", "-o", "events.jsonl"]).status.success());
    let arrived = fs::read_to_string(path.join("events.jsonl")).unwrap();
    assert!(arrived.contains("heartbeat") && arrived.contains("page_left"));
    for (declared, is_told) in [("s.yaml", false), ("quick-test", true)] {
        let arguments = ["expect", "events.jsonl", "--policy", "web", "--declared", declared];
        let output = run(path, &arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stderr(&output).contains("never gives"), is_told, "{}", stderr(&output));
    }
}
