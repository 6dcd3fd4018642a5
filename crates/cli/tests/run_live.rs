//! What a person expects of `run`: events of now, others each time, and a file that keeps what was sent.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::{SystemTime, UNIX_EPOCH};

use event_simulator::time::VirtualTime;
use serde_json::Value;

use super::program::{run, stderr};

const SCENARIO: &str = "simulation: { num_users: 3, duration_seconds: 60, at_end: cut }\n";

/// Runs the scenario into a file, with these flags.
fn live(folder: &Path, scenario: &str, output: &str, flags: &[&str]) -> Output {
    fs::write(folder.join("live.yaml"), scenario).unwrap();
    let target = ["run", "live.yaml", "--speed", "max", "--url", output];
    let output = run(folder, &[&target, flags].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

fn events(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The flags that the program says to give for the same events.
fn repeating(output: &Output) -> Vec<String> {
    let said = stderr(output);
    let line =
        said.lines().find_map(|line| line.strip_prefix("note: to send the same events again: "));
    line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_run_without_a_seed_is_of_now_differs_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let first = live(folder.path(), SCENARIO, "file:first.jsonl", &["--summary", "first.json"]);
    live(folder.path(), SCENARIO, "file:second.jsonl", &[]);
    let (first_events, second) = (events(&path("first.jsonl")), events(&path("second.jsonl")));
    assert_ne!(first_events, second);
    let time: VirtualTime = first_events[0]["event_time"].as_str().unwrap().parse().unwrap();
    assert!((now..now + 120_000).contains(&time.as_millis()), "{time}");

    let flags = repeating(&first);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_eq!(flags.len(), 4, "{flags:?}");
    let text = fs::read(path("first.json")).unwrap();
    let simulated = &serde_json::from_slice::<Value>(&text).unwrap()["simulated"];
    assert_eq!(simulated["seed"].to_string(), flags[1]);
    assert_eq!(simulated["start_time"], flags[3]);
    let again = live(folder.path(), SCENARIO, "file:again.jsonl", &flags);
    assert_eq!(events(&path("again.jsonl")), first_events);
    assert!(repeating(&again).is_empty());
}

#[test]
fn what_the_scenario_says_stands() {
    let folder = tempfile::tempdir().unwrap();
    let said = format!("seed: 7\nstart_time: 2026-03-01T00:00:00Z\n{SCENARIO}");
    let output = live(folder.path(), &said, "file:events.jsonl", &[]);
    assert!(repeating(&output).is_empty());
    let generated = run(folder.path(), &["generate", "live.yaml", "-o", "generated.jsonl"]);
    assert!(generated.status.success());
    let file = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(file("events.jsonl"), file("generated.jsonl"));
}

#[test]
fn the_saved_file_has_what_was_sent_as_it_was_sent_behind_what_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let said = format!("seed: 7\n{SCENARIO}");
    let flags = ["--save", "saved.jsonl", "--event-time", "now"];
    live(folder.path(), &said, "file:once.jsonl", &flags);
    live(folder.path(), &said, "file:twice.jsonl", &flags);
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(file("saved.jsonl"), file("once.jsonl") + &file("twice.jsonl"));

    let by_the_guide = "advanced: { save_to_file: true, output_file: kept.jsonl }\n";
    live(
        folder.path(),
        &format!("{said}{by_the_guide}"),
        "file:vendor.jsonl",
        &["--format", "segment"],
    );
    let kept = events(&folder.path().join("kept.jsonl"));
    assert!(kept.iter().all(|event| event.get("anonymousId").or(event.get("userId")).is_some()));
}
