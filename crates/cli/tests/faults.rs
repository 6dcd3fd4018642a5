//! Faults and policies as a user meets them.

use std::fs;
use std::path::Path;

use event_simulator_timeline::Manifest;

use super::program::{run, stderr, stdout};

const SHOP: &str = "
seed: 7
simulation: { num_users: 20, duration_seconds: 1800 }
faults:
  late: { share: 0.1, delay: { median: 20s, p90: 5m } }
  lost: { share: 0.05 }
  duplicates: { share: 0.05, delay: 1m }
  malformed: { share: 0.1 }
  bots: { visitors: 3, every: 5m }
policy: { deduplicate: {}, bots: [bot, headless, monitor] }
";

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
    let generate = ["generate", "shop.yaml", "-o", "events.jsonl", "--truth", "truth"];
    succeeds(folder.path(), &generate);
    folder
}

#[test]
fn the_truth_stands_beside_what_arrives() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let read = |name: &str| fs::read(path(name)).unwrap();
    let timeline = succeeds(folder.path(), &["generate", "shop.yaml", "--without-faults"]);
    assert!(timeline.into_bytes() == read("truth/timeline.jsonl"));
    for (name, format) in
        [("events", "jsonl"), ("truth/ledger", "ledger"), ("truth/deliveries", "deliveries")]
    {
        let arguments = ["generate", "shop.yaml", "--format", format, "--jobs", "2"];
        let streamed = run(folder.path(), &arguments).stdout;
        assert!(streamed == read(&format!("{name}.jsonl")), "{name}");
        let manifest = Manifest::beside(&path(&format!("{name}.jsonl"))).unwrap();
        let lines = streamed.split(|byte| *byte == b'\n').count() as u64 - 1;
        assert_eq!(manifest.events, lines, "{name}");
        assert_eq!(manifest.faults.len(), 5, "{name}");
        assert!(manifest.faults.values().all(|count| *count > 0), "{:?}", manifest.faults);
    }
    let faults = Manifest::beside(&path("truth/ledger.jsonl")).unwrap().faults;
    let ledger = read("truth/ledger.jsonl").split(|byte| *byte == b'\n').count() as u64 - 1;
    assert_eq!(faults.values().sum::<u64>(), ledger);
    succeeds(folder.path(), &["expect", "--scenario", "shop.yaml", "-o", "tables"]);
    for table in ["event_counts.csv", "session_metrics.csv", "users_active.csv"] {
        let true_one = read(&format!("truth/expected/{table}"));
        assert!(true_one == read(&format!("tables/{table}")), "{table}");
    }
}

/// Bytes of the member that says when something arrived, and of the line's end.
const RECEIVED_AT: usize = r#","received_at":"2026-01-01T00:00:00.000Z"}"#.len();

/// Bodies arrive byte for byte, those of no event too, and each user's in order.
#[test]
fn deliveries_are_replayed_as_they_are() {
    let folder = folder();
    let arguments =
        ["replay", "truth/deliveries.jsonl", "--url", "file:sent.jsonl", "--speed", "max"];
    succeeds(folder.path(), &arguments);
    let lines = |name: &str| -> Vec<Vec<u8>> {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(<[u8]>::to_vec).collect()
    };
    let mut sent = lines("sent.jsonl");
    let mut arrived: Vec<Vec<u8>> = lines("events.jsonl")
        .into_iter()
        .map(|line| {
            let without = line.len().saturating_sub(RECEIVED_AT);
            match line.get(without..) {
                Some(end) if end.starts_with(b",\"received_at\":") => {
                    [&line[..without], b"}"].concat()
                }
                _ => line,
            }
        })
        .collect();
    sent.sort();
    arrived.sort();
    assert!(sent == arrived);
    assert!(arrived.iter().any(|line| serde_json::from_slice::<serde_json::Value>(line).is_err()));
}

#[test]
fn what_faults_make_of_events_needs_json_lines() {
    let folder = folder();
    for format in ["csv", "segment"] {
        let refused = run(folder.path(), &["generate", "shop.yaml", "--format", format]);
        assert_eq!(refused.status.code(), Some(2));
        let message = stderr(&refused);
        assert!(message.contains("--without-faults"), "{message}");
        let arguments = ["generate", "shop.yaml", "--format", format, "--without-faults"];
        succeeds(folder.path(), &arguments);
    }
}

#[test]
fn policies_are_named_files_and_shipped() {
    let folder = folder();
    let tables = |policy: &str, more: &[&str]| {
        let mut arguments = vec!["expect", "events.jsonl", "--policy", policy];
        arguments.extend(more);
        let output = run(folder.path(), &arguments);
        assert!(output.status.success(), "{policy}: {}", stderr(&output));
        (stdout(&output), stderr(&output))
    };
    let own = "deduplicate: {}\nbots: [bot, headless, monitor]\n";
    fs::write(folder.path().join("rules.yaml"), own).unwrap();
    let (by_file, said) = tables("rules.yaml", &["--counted", "counted.jsonl"]);
    assert!(said.contains("arrivals count (") && said.contains(" copies"), "{said}");
    let (by_scenario, _) = tables("scenario", &["--declared", "shop.yaml"]);
    let digest = |json: &str| -> String {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        json["timeline"]["blake3"].to_string()
    };
    assert_eq!(digest(&by_file), digest(&by_scenario));
    let counted = fs::read(folder.path().join("counted.jsonl")).unwrap();
    let counted_tables = succeeds(folder.path(), &["expect", "counted.jsonl"]);
    assert_eq!(digest(&by_file), digest(&counted_tables));
    assert!(counted.len() > 10_000);
    tables("web", &[]);
    for (wrong, message) in [
        (["expect", "events.jsonl", "--policy", "wep"], "no shipped policy of that name"),
        (["expect", "events.jsonl", "--policy", "scenario"], "name it by --declared"),
        (["expect", "events.jsonl", "--policy", "shop.yaml"], "shop.yaml:2:1: error: seed"),
    ] {
        let refused = run(folder.path(), &wrong);
        assert_ne!(refused.status.code(), Some(0));
        assert!(stderr(&refused).contains(message), "{}", stderr(&refused));
    }
}
