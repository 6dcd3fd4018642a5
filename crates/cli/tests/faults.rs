//! Faults and policies as a user meets them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use event_simulator_timeline::{BatchManifest, Manifest};

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

pub(super) fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// A folder with a scenario that has faults, what arrives of it, and the truth.
pub(super) fn folder() -> tempfile::TempDir {
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

/// A log of arrivals is no edited timeline, and can be a golden file.
#[test]
fn a_log_of_arrivals_is_known_for_one() {
    let folder = folder();
    let differ = run(folder.path(), &["diff", "truth/timeline.jsonl", "events.jsonl"]);
    assert_eq!(differ.status.code(), Some(1));
    assert!(stdout(&differ).contains("format: jsonl -> arrivals"), "{}", stdout(&differ));
    succeeds(folder.path(), &["generate", "shop.yaml", "--check", "events.jsonl"]);
    let other = run(
        folder.path(),
        &["generate", "shop.yaml", "--without-faults", "--check", "events.jsonl"],
    );
    let said = stdout(&other) + &stderr(&other);
    assert!(said.contains("format: arrivals golden, jsonl now"), "{said}");
}

/// Bytes of the member that says when something arrived, and of the line's end.
const RECEIVED_AT_BYTES: usize = r#","received_at":"2026-01-01T00:00:00.000Z"}"#.len();

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
            let without = line.len().saturating_sub(RECEIVED_AT_BYTES);
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
        (["expect", "events.jsonl", "--policy", "scenario"], "name it by --scenario"),
        (["expect", "events.jsonl", "--policy", "shop.yaml"], "shop.yaml:2:1: error: seed"),
    ] {
        let refused = run(folder.path(), &wrong);
        assert_ne!(refused.status.code(), Some(0));
        assert!(stderr(&refused).contains(message), "{}", stderr(&refused));
    }
}

/// Parts of what arrives and of the ledger are the whole, byte for byte, with its manifest; logs of arrivals are refused.
#[test]
fn parts_of_deliveries_and_ledger_merge_to_the_whole() {
    let folder = folder();
    for (format, more) in
        [("deliveries", ""), ("ledger", ""), ("jsonl", "--without-faults"), ("jsonl", "")]
    {
        let generate = |name: &str, shard: &[&str]| {
            let mut arguments = vec!["generate", "shop.yaml", "--format", format, "-o", name];
            arguments.extend(shard);
            arguments.extend((!more.is_empty()).then_some(more));
            succeeds(folder.path(), &arguments);
        };
        generate("whole.jsonl", &[]);
        for (name, shard) in [("0.jsonl", "0/3"), ("1.jsonl.gz", "1/3"), ("2.jsonl", "2/3")] {
            generate(name, &["--shard", shard]);
        }
        let merge = ["merge", "2.jsonl", "0.jsonl", "1.jsonl.gz", "-o", "merged.jsonl"];
        if format == "jsonl" && more.is_empty() {
            let refused = run(folder.path(), &merge);
            assert_eq!(refused.status.code(), Some(1));
            assert!(stderr(&refused).contains("is a log of arrivals"), "{}", stderr(&refused));
            continue;
        }
        succeeds(folder.path(), &merge);
        for ending in ["", ".manifest.json"] {
            let read =
                |name: &str| fs::read(folder.path().join(format!("{name}{ending}"))).unwrap();
            assert!(read("merged.jsonl") == read("whole.jsonl"), "{format} {more} {ending}");
        }
    }
}

/// Batches put together are the log, and what is right after the last of them is what is right of the whole.
#[test]
fn what_is_right_after_the_last_batch_is_right_of_the_whole() {
    let folder = folder();
    let succeeds = |arguments: &[&str]| succeeds(folder.path(), arguments);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    succeeds(&["deliver", "truth/deliveries.jsonl", "--every", "7m", "-o", "batches"]);
    succeeds(&["deliver", "shop.yaml", "--every", "7m", "-o", "simulated"]);
    succeeds(&["deliver", "shop.yaml", "--every", "7m", "-o", "all", "--keep-empty"]);
    assert_eq!(read("batches/batches.json"), read("simulated/batches.json"));
    let manifest = BatchManifest::of_folder(&folder.path().join("batches")).unwrap();
    let log: Vec<u8> =
        manifest.batches.iter().flat_map(|one| read(&format!("batches/{}", one.file))).collect();
    assert!(log == read("events.jsonl"));
    let every = BatchManifest::of_folder(&folder.path().join("all")).unwrap();
    let starts: Vec<u64> = every.batches.iter().map(|batch| batch.from.as_millis()).collect();
    assert!(starts.windows(2).all(|pair| pair[1] == pair[0] + 7 * 60_000), "{starts:?}");
    assert!(every.batches.len() >= manifest.batches.len());

    let policy = ["--policy", "scenario", "--declared", "shop.yaml"];
    let expect = |more: &[&str]| succeeds(&[&["expect"], more, &policy[..]].concat());
    expect(&["events.jsonl", "-o", "whole"]);
    expect(&["--after-each", "batches", "-o", "after"]);
    let last = manifest.batches.last().unwrap().file.trim_end_matches(".jsonl");
    for entry in fs::read_dir(folder.path().join("whole")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(read(&format!("whole/{name}")) == read(&format!("after/{last}/{name}")), "{name}");
    }
    let mut rows = BTreeMap::new();
    for line in String::from_utf8(read("after/changes.jsonl")).unwrap().lines() {
        let change: serde_json::Value = serde_json::from_str(line).unwrap();
        let key = (change["table"].to_string(), change["key"].to_string());
        let was = rows.remove(&key).unwrap_or_default();
        assert_eq!(was, change["was"], "{line}");
        if !change["is"].is_null() {
            rows.insert(key, change["is"].clone());
        }
    }
    let whole: serde_json::Value =
        serde_json::from_slice(&read("whole/expectations.json")).unwrap();
    let tables = whole["tables"].as_object().unwrap();
    let count: usize = tables.values().filter_map(|rows| rows.as_array()).map(Vec::len).sum();
    assert_eq!(rows.len(), count);

    for (wrong, message) in [
        (["deliver", "truth/deliveries.jsonl", "--every", "7m", "-o", "batches"], "not empty"),
        (["deliver", "events.jsonl", "--every", "7m", "-o", "new"], "it is no delivery"),
        (["deliver", "truth/deliveries.jsonl", "--every", "0s", "-o", "new"], "--every"),
    ] {
        let refused = run(folder.path(), &wrong);
        assert_ne!(refused.status.code(), Some(0));
        assert!(stderr(&refused).contains(message), "{}", stderr(&refused));
    }
}

/// What Spark or several machines count of parts of the users is put together to the files of the whole.
#[test]
fn tables_of_shards_merge_to_those_of_the_whole() {
    let folder = folder();
    let succeeds = |arguments: &[&str]| succeeds(folder.path(), arguments);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    for (name, more) in [("true", &["--rows"][..]), ("counted", &["--policy", "scenario"][..])] {
        let expect = |more_still: &[&str]| {
            succeeds(&[&["expect", "--scenario", "shop.yaml"], more, more_still].concat());
        };
        let [whole, merged, part0, part1] =
            ["whole", "merged", "part0", "part1"].map(|part| format!("{name}-{part}"));
        expect(&["-o", &whole]);
        expect(&["-o", &part0, "--shard", "0/2"]);
        expect(&["-o", &part1, "--shard", "1/2"]);
        succeeds(&["merge", &part1, &part0, "-o", &merged]);
        for entry in fs::read_dir(folder.path().join(&whole)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if file != "expectations.json" {
                assert!(read(&format!("{whole}/{file}")) == read(&format!("{merged}/{file}")));
            }
        }
        let document = |part: &str| -> serde_json::Value {
            let mut document: serde_json::Value =
                serde_json::from_slice(&read(&format!("{part}/expectations.json"))).unwrap();
            document["timeline"].as_object_mut().unwrap().remove("blake3");
            document
        };
        assert_eq!(document(&whole), document(&merged));
    }
    succeeds(&[
        "expect",
        "--scenario",
        "shop.yaml",
        "--rows",
        "--shard",
        "0/2",
        "-o",
        "true-again",
    ]);
    fs::write(folder.path().join("cross.yaml"), "lateness: { by: watermark }").unwrap();
    for (wrong, message) in [
        ("merge true-part0 -o x", "part 1/2 is missing"),
        ("merge true-part0 true-part0 -o x", "a file of its own"),
        ("merge true-part0 true-again -o x", "both part 0/2"),
        ("merge true-part0 counted-part1 -o x", "under one policy"),
        ("merge true-part0 true-whole -o x", "sums.json"),
        ("expect --scenario shop.yaml --policy cross.yaml --shard 0/2 -o x", "watermark"),
    ] {
        let refused = run(folder.path(), &wrong.split(' ').collect::<Vec<_>>());
        assert_ne!(refused.status.code(), Some(0), "{wrong}");
        assert!(stderr(&refused).contains(message), "{}", stderr(&refused));
    }
}

/// Findings are laid on faults, and tables on rules, from the command line.
#[test]
fn a_pipeline_is_verified_under_a_policy() {
    let folder = folder();
    fs::write(folder.path().join("copies.yaml"), "bots: [bot, headless, monitor]\n").unwrap();
    let own = ["--policy", "scenario", "--declared", "shop.yaml"];
    let wrong = ["--policy", "copies.yaml", "--declared", "shop.yaml"];
    for (policy, tables, counted) in
        [(own, "right", "right.jsonl"), (wrong, "wrong", "wrong.jsonl")]
    {
        let events = ["expect", "events.jsonl", "-o", tables, "--counted", counted];
        succeeds(folder.path(), &[&events[..], &policy[..]].concat());
    }
    let ledger =
        ["--ledger", "truth/ledger.jsonl", "--policy", "scenario", "--scenario", "shop.yaml"];
    let verify = |what: [&str; 4]| {
        let output = run(folder.path(), &[&["verify"], &what[..], &ledger[..]].concat());
        (output.status.code(), stdout(&output) + &stderr(&output))
    };
    let (code, said) = verify(["--sent", "truth/timeline.jsonl", "--received", "right.jsonl"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("rightly dropped") && said.contains("(lost)"), "{said}");
    let (code, said) = verify(["--sent", "truth/timeline.jsonl", "--received", "wrong.jsonl"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("counted twice: they are copies of which another one counts"), "{said}");
    let (code, said) = verify(["--expected", "right", "--actual", "wrong"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("(`deduplicate` is not followed)"), "{said}");
    let unnamed = ["verify", "--expected", "right", "--actual", "wrong", "--policy", "web"];
    let refused = run(folder.path(), &unnamed);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("name --ledger"), "{}", stderr(&refused));
}
