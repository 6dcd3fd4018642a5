//! `gauntlet` as a user runs it: the program itself is the pipeline, which knows policies or does not.

#![cfg(unix)]
use std::fs;
use std::path::Path;

use event_simulator::scenario::policy::PolicySpec;
use event_simulator_check::gauntlet::CASES;
use serde_json::Value;

use super::program::{PROGRAM, assert_snapshot, run, stderr, stdout};

/// The exit code and the standard output of the gauntlet on a command.
fn gauntlet(folder: &Path, flags: &[&str], command: &[&str]) -> (Option<i32>, String) {
    let output = run(folder, &[&["gauntlet"], flags, &["--"], command].concat());
    (output.status.code(), stdout(&output))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

const POLICY: [&str; 6] = [PROGRAM, "expect", "{events}", "--policy", "{policy}", "-o"];

#[test]
fn expect_under_a_policy_handles_every_case() {
    let folder = tempfile::tempdir().unwrap();
    for (policy, tables_of_it) in [("web", 8), ("ga4", 8), ("posthog", 7)] {
        let flags =
            ["--policy", policy, "--jobs", "2", "--json", "card.json", "--junit", "junit.xml"];
        let tables = gauntlet(folder.path(), &flags, &[&POLICY[..], &["{out}"]].concat());
        assert_eq!(tables.0, Some(0), "{}", tables.1);
        let card = json(&folder.path().join("card.json"));
        assert_eq!(card["handled"], CASES.len());
        assert_eq!(card["tables"].as_array().unwrap().len(), tables_of_it);
        let junit = fs::read_to_string(folder.path().join("junit.xml")).unwrap();
        assert!(junit.contains("failures=\"0\""), "{junit}");
        let counted = [&POLICY[..], &["elsewhere", "--counted", "{out}"]].concat();
        let cleaned = gauntlet(folder.path(), &["--policy", policy, "--cleaned"], &counted);
        assert_eq!(cleaned.0, Some(0), "{}", cleaned.1);
    }
    let rows = [&POLICY[..], &["{out}", "--rows"]].concat();
    let flags = ["--tables", "sessions,users", "--only", "all"];
    assert_eq!(gauntlet(folder.path(), &flags, &rows).0, Some(0));
    let (exit, card) =
        gauntlet(folder.path(), &[&flags[..], &["--no-minimize"]].concat(), &rows[..7]);
    assert_eq!(exit, Some(1));
    assert!(card.contains("missing: table users: {out} has no such file"), "{card}");
}

#[test]
fn a_pipeline_without_rules_fails_where_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let flags = [
        "--only",
        "clean,duplicates,twins,malformed,future",
        "--minimize-for",
        "5m",
        "--keep",
        "kept",
        "--json",
        "card.json",
    ];
    let naive = ["sh", "-c", "exec \"$0\" expect \"$1\" -o \"$2\"", PROGRAM, "{events}", "{out}"];
    let (exit, card) = gauntlet(folder.path(), &flags, &naive);
    assert_eq!(exit, Some(1));
    let kept = folder.path().join("kept").canonicalize().unwrap();
    let shown = card.replace(PROGRAM, "PROGRAM").replace(kept.to_str().unwrap(), "kept");
    assert_snapshot("gauntlet-card", &shown);
    let card = json(&folder.path().join("card.json"));
    for case in card["cases"].as_array().unwrap().iter().filter(|case| case["outcome"] != "handled")
    {
        let smallest = &case["smallest"];
        assert_eq!(smallest["is_minimal"], true, "{case}");
        let kept = kept.join(case["name"].as_str().unwrap());
        let read = |name: &str| {
            let text = String::from_utf8_lossy(&fs::read(kept.join(name)).unwrap()).into_owned();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let (smallest_lines, arrivals) = (read("smallest.jsonl"), read("arrivals.jsonl"));
        assert_eq!(smallest["lines"], smallest_lines.len());
        assert!(smallest_lines.iter().all(|line| arrivals.contains(line)));
        for name in ["expected", "out", "output.txt"] {
            assert!(kept.join(name).exists(), "{name}");
        }
    }
}

/// As of pipelines that write rows of JSON, and open a file with its first row.
#[test]
fn a_table_without_rows_may_be_missing_or_have_no_columns() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--policy", "segment", "--only", "attribution", "--no-minimize"];
    for (table, empty, exit) in [
        ("click_through_rates", "", 0),
        ("click_through_rates", " && echo [] > \"$2/click_through_rates.json\"", 0),
        ("event_counts", "", 1),
    ] {
        let script = format!(
            "\"$0\" expect \"$1\" --policy segment -o \"$2\" && rm \"$2/{table}.csv\"{empty}"
        );
        let command = ["sh", "-c", &script, PROGRAM, "{events}", "{out}"];
        let tables = [&flags[..], &["--tables", "click_through_rates,event_counts"]].concat();
        let (code, card) = gauntlet(folder.path(), &tables, &command);
        assert_eq!(code, Some(exit), "{script}: {card}");
    }
}

#[test]
fn the_policy_is_handed_over_whole() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "{ clock: corrected, deduplicate: { within: 7d, keep: last }, lateness: { allowed: 90s, by: watermark }, \
                 ahead: 1h, bots: [bot], identity: forward, sessions: { gap: 30m, cut: midnight }, \
                 local_times: Europe/Rome, time_zone: Europe/Berlin }";
    fs::write(folder.path().join("rules.yaml"), rules).unwrap();
    let flags = ["--policy", "rules.yaml", "--keep", "kept"];
    let (exit, card) = gauntlet(folder.path(), &flags, &[&POLICY[..], &["{out}"]].concat());
    assert_eq!(exit, Some(0), "{card}");
    let kept = fs::read(folder.path().join("kept/all/policy.yaml")).unwrap();
    let read = |bytes: &[u8]| PolicySpec::read(bytes, "policy").unwrap();
    assert_eq!(read(&kept), read(rules.as_bytes()));
    assert!(serde_json::from_slice::<Value>(&kept).is_ok());
}

#[test]
fn what_cannot_be_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |flags: &[&str], command: &[&str], exit: i32, reason: &str| {
        let arguments = [&["gauntlet"], flags, &["--"], command].concat();
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        let said = stderr(&output) + &stdout(&output);
        assert!(said.contains(reason), "{said}");
    };
    fails(&[], &["true"], 2, "{out}");
    fails(&[], &["./no-such-program", "{out}"], 2, "cannot run ./no-such-program");
    fails(&["--only", "lates"], &["true", "{out}"], 2, "there is no case \"lates\"");
    fails(&["--tables", "sales"], &["true", "{out}"], 2, "there is no table \"sales\"");
    fails(&["--policy", "none"], &["true", "{out}"], 2, "no shipped policy");
    let only = ["--only", "clean", "--no-minimize", "--timeout", "200ms"];
    fails(&only, &["true", "{out}"], 1, "FAILED: it wrote no table");
    fails(&only, &["sleep", "60", "{out}"], 1, "0 of 1 handled");
    fails(&only, &["sh", "-c", "sleep 60", "{out}"], 1, "killed after 200ms");
    fails(&only, &["sh", "-c", "echo no luck >&2; exit 3", "{out}"], 1, "exit code 3: no luck");
}

/// Without a place for them, events come on standard input.
#[test]
fn events_come_on_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let command = [PROGRAM, "expect", "-", "--policy", "web", "-o", "{out}"];
    let (exit, card) = gauntlet(folder.path(), &["--only", "late,all"], &command);
    assert_eq!(exit, Some(0), "{card}");
    let output = run(folder.path(), &["gauntlet", "--list"]);
    assert!(CASES.iter().all(|case| stdout(&output).contains(case.name)));
}
