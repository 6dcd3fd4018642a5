//! `check`, `init` and `schema` as a user runs them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use event_simulator::scenario::{policy, shipped};

use super::program::{PROGRAM, run, stderr, stdout};

#[test]
fn check_names_the_good_and_explains_the_bad() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), "seed: 7\n").unwrap();
    fs::write(folder.path().join("bad.yaml"), "sed: 7\nseed: x\n").unwrap();
    let output = run(folder.path(), &["check", "bad.yaml", "good.yaml", "browsing", "nothing"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "OK: good.yaml\nOK: browsing\n");
    let errors = stderr(&output);
    for wanted in ["bad.yaml:1:1: error: sed: ", "bad.yaml:2:7: error: seed: ", "\"nothing\""] {
        assert!(errors.contains(wanted), "{errors}");
    }
}

/// Each line of standard error, as JSON.
fn error_lines(folder: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(2));
    stderr(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn errors_can_be_read_by_programs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.yaml"), "sed: 7\nseed: x\n").unwrap();
    let errors = error_lines(folder.path(), &["--errors", "json", "check", "bad.yaml"]);
    let [unknown, wrong] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(unknown["severity"], "error");
    assert_eq!(unknown["kind"], "scenario");
    assert_eq!(unknown["file"], "bad.yaml");
    assert_eq!((&unknown["line"], &unknown["column"]), (&1.into(), &1.into()));
    assert_eq!((&unknown["key"], &unknown["message"]), (&"sed".into(), &"unknown key".into()));
    assert!(unknown["help"].as_str().unwrap().contains("`seed`"), "{unknown}");
    assert_eq!((&wrong["line"], &wrong["key"]), (&2.into(), &"seed".into()));
    for arguments in [
        &["generate", "nothing", "--errors", "json"][..],
        &["generate", "--sed", "7", "--errors=json"],
    ] {
        let errors = error_lines(folder.path(), arguments);
        assert_eq!(errors.len(), 1);
        assert_eq!((&errors[0]["kind"], &errors[0]["file"]), (&"usage".into(), &().into()));
        assert!(!errors[0]["help"].as_str().unwrap().contains("Usage"), "{errors:?}");
    }
}

#[test]
fn check_gives_the_model_s_refusals_the_lines_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "event_probabilities:\n  session_start: 0.1\n  page_visit: 0.9\nuser_behavior:\n  \
                pages_per_session_max: 4\n";
    fs::write(folder.path().join("shop.yaml"), yaml).unwrap();
    let output = run(folder.path(), &["check", "shop.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("shop.yaml:1:1: error: event_probabilities: "));
}

#[test]
fn check_finds_all_that_is_wrong_in_the_replay_section() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        "batch: 0",
        "in_flight: 0",
        "url: x",
        "headers: [nocolon]",
        "bearer: a",
        "basic: a:b",
        "speed: 2",
        "rate: 10/s",
        "user_agent: \"a\\nb\"",
        "success: none",
        "retry_budget: -1",
        "sped: 3",
    ];
    let section = lines.map(|line| format!("  {line}\n")).concat();
    fs::write(folder.path().join("s.yaml"), format!("replay:\n{section}")).unwrap();
    let output = run(folder.path(), &["check", "s.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = stderr(&output);
    for (number, line) in (2..).zip(lines) {
        let key = line.split(':').next().unwrap();
        let is_sound = ["bearer", "speed"].contains(&key);
        let (place, wanted) = (format!("s.yaml:{number}:"), format!(": error: replay.{key}"));
        let mut found = errors.lines().filter(|line| line.starts_with(&place));
        assert_eq!(found.any(|line| line.contains(&wanted)), !is_sound, "{key}: {errors}");
    }
}

#[test]
fn a_warning_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let yaml =
        "event_probabilities:\n  session_start: 0.1\n  page_visit: 0.5\n  buton_click: 0.4\n";
    fs::write(folder.path().join("shop.yaml"), yaml).unwrap();
    let output = run(folder.path(), &["check", "shop.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("did you mean `button_click`?"));
}

#[test]
fn what_check_understood_can_be_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["check", "--effective", "custom-events"]);
    fs::write(folder.path().join("effective.yaml"), stdout(&output)).unwrap();
    let again = run(folder.path(), &["check", "--effective", "effective.yaml"]);
    assert_eq!(stdout(&again), stdout(&output));
}

#[test]
fn secrets_of_a_scenario_are_shown_neither_whole_nor_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://me:secret@h/events?api_key=secret";
    let replay = "bearer: secret\nheaders: [\"X-Key: secret\", \"X-Other: ${OTHER}\"]\nproxy: \"http://me:secret@p:1\"\n";
    let nested = replay.replace('\n', "\n  ");
    fs::write(
        folder.path().join("whole.yaml"),
        format!("simulation: {{ api_url: \"{url}\" }}\nreplay:\n  {nested}"),
    )
    .unwrap();
    fs::write(folder.path().join("bare.yaml"), format!("api_url: \"{url}\"\n{replay}")).unwrap();
    let whole = run(folder.path(), &["check", "--effective", "whole.yaml"]);
    let bare = run(folder.path(), &["check", "bare.yaml"]);
    assert_eq!((whole.status.code(), bare.status.code()), (Some(0), Some(2)));
    for shown in [stdout(&whole), stderr(&bare)] {
        assert!(!shown.contains("secret"), "{shown}");
        for part in ["me:***@h/events?api_key=***", "X-Key: ***", "X-Other: ${OTHER}", "me:***@p:1"]
        {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }
}

#[test]
fn init_overwrites_nothing_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event_simulator_config.yaml");
    assert!(run(folder.path(), &["init"]).status.success());
    fs::write(&file, "seed: 1\n").unwrap();
    let refused = run(folder.path(), &["init", "browsing"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--force"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "seed: 1\n");
    assert!(run(folder.path(), &["init", "browsing", "--force"]).status.success());
    assert!(fs::read_to_string(&file).unwrap().contains("pages_per_session_max: 30"));
    assert!(run(folder.path(), &["check", "event_simulator_config.yaml"]).status.success());
}

#[test]
fn init_lists_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let list = stdout(&run(folder.path(), &["init", "--list"]));
    assert_eq!(list.lines().count(), shipped::ALL.len(), "{list}");
    let policies = stdout(&run(folder.path(), &["init", "--kind", "policy", "--list"]));
    assert_eq!(policies.lines().count(), policy::shipped::ALL.len(), "{policies}");
    assert!(run(folder.path(), &["init", "--kind", "policy", "web"]).status.success());
    let web = fs::read_to_string(folder.path().join("web.yaml")).unwrap();
    assert_eq!(web, policy::shipped::find("web").unwrap().yaml);
    let late = stdout(&run(folder.path(), &["init", "--kind", "case", "late", "-o", "-"]));
    assert!(late.contains("faults:"), "{late}");
    let unknown = run(folder.path(), &["init", "--kind", "case", "lat", "-o", "-"]);
    assert!(stderr(&unknown).contains("there is no shipped case \"lat\"; they are clean, "));
    let unknown = run(folder.path(), &["init", "browsin", "-o", "-"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean `browsing`?"));
}

#[test]
fn the_schema_is_json() {
    let schema = stdout(&run(Path::new("."), &["schema"]));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["properties"]["seed"]["default"], 0);
}

#[test]
fn fields_and_schema_tell_what_events_carry() {
    let folder = tempfile::tempdir().unwrap();
    let scenario =
        "events: { page_visited: { properties: { load_ms: { poisson: { mean: 800 } } } } }";
    fs::write(folder.path().join("shop.yaml"), scenario).unwrap();
    let table = stdout(&run(folder.path(), &["fields", "shop.yaml"]));
    let is_row =
        |line: &str| line.split_whitespace().eq(["page_visited", "props.load_ms", "integer"]);
    assert!(table.lines().any(is_row), "{table}");
    let fields = stdout(&run(folder.path(), &["fields", "shop.yaml", "--json"]));
    let fields: Vec<serde_json::Value> = serde_json::from_str(&fields).unwrap();
    assert_eq!(fields.len() + 1, table.lines().count());
    let schema = stdout(&run(folder.path(), &["schema", "--events", "shop.yaml"]));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let props = &schema["definitions"]["page_visited"]["properties"]["props"];
    assert_eq!(props["properties"]["load_ms"]["type"], "integer");
}

#[test]
fn watch_shows_a_scenario_anew_at_each_save() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    fs::write(&file, "sed: 7\n").unwrap();
    let output = run(folder.path(), &["watch", "shop.yaml", "--once"]);
    assert_eq!(output.status.code(), Some(2));
    let mut watching = std::process::Command::new(PROGRAM)
        .current_dir(folder.path())
        .args(["watch", "shop.yaml", "--events", "1"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut shows = |wanted: &str| lines.by_ref().any(|line| line.unwrap().contains(wanted));
    assert!(shows("sed: unknown key"));
    fs::write(&file, "seed: 11\n").unwrap();
    assert!(shows("seed 11"));
    assert!(shows("session_created"));
    watching.kill().unwrap();
    watching.wait().unwrap();
}
