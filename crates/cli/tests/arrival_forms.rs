//! What arrives, in every form.

use std::collections::BTreeMap;
use std::fs;

use event_simulator::time::VirtualTime;
use event_simulator::wire::{EventFields, FORMATS, RECEIVED_AT, SENT_AT};

use super::faults::{folder, succeeds};
use super::program::{run, stderr};

/// What arrives as each format has it is read back as the log of arrivals; what is no event stays as it arrived.
#[test]
fn what_arrives_has_any_form() {
    let folder = folder();
    let log = fs::read(folder.path().join("events.jsonl")).unwrap();
    let mut events = 0;
    for format in FORMATS {
        let written =
            run(folder.path(), &["generate", "shop.yaml", "--format", format.name]).stdout;
        let mut lines = written.split(|&byte| byte == b'\n');
        for sent in log[..log.len() - 1].split(|&byte| byte == b'\n') {
            let (line, name) = (lines.next().unwrap(), format.name);
            let fields = EventFields::of_line(sent).and_then(|event| event.to_event());
            let sent = String::from_utf8_lossy(sent);
            let Ok(event) = fields else {
                assert_eq!(String::from_utf8_lossy(line), sent, "{name}");
                continue;
            };
            let decoded = format.decode(line).unwrap();
            let read = EventFields::of_line(&decoded).and_then(|event| event.to_event()).unwrap();
            assert_eq!(read.event_type, event.event_type, "{name}: {sent}");
            for time in [SENT_AT, RECEIVED_AT] {
                assert_eq!(read.own[time], event.own[time], "{name}: {sent}");
            }
            events += 1;
        }
        assert_eq!(lines.next(), Some(&b""[..]), "{}", format.name);
    }
    assert!(events > 1_000);
}

/// Where each format says when an event was sent and when it arrived, and a local time.
#[test]
fn vendors_have_their_own_places_for_times_of_arrival() {
    let folder = folder();
    let zone = "seed: 7\nsimulation: { num_users: 3, duration_seconds: 600 }
faults: { zone: { share: 1, time_zone: Asia/Kolkata }, late: { share: 1, delay: 5s } }";
    fs::write(folder.path().join("zone.yaml"), zone).unwrap();
    let first = |format: &str| {
        let lines = succeeds(folder.path(), &["generate", "zone.yaml", "--format", format]);
        serde_json::from_str::<serde_json::Value>(lines.lines().next().unwrap()).unwrap()
    };
    let native = first("jsonl");
    let (sent, received) = (&native[SENT_AT], &native[RECEIVED_AT]);
    let local = native["event_time"].as_str().unwrap();
    assert!(!local.ends_with('Z'), "{local}");
    let segment = first("segment");
    assert_eq!((&segment["sentAt"], &segment["receivedAt"]), (sent, received));
    assert_eq!(segment["timestamp"], local);
    assert_eq!(segment["context"].get("own_fields"), None);
    let posthog = first("posthog");
    assert_eq!((&posthog["sent_at"], &posthog["now"]), (sent, received));
    let amplitude = first("amplitude");
    let times = (&amplitude["client_upload_time"], &amplitude["server_received_time"]);
    assert_eq!(times, (sent, received));
    // A time that needs no correction would win over one that does.
    let snowplow = first("snowplow");
    let millis = |time: &str| time.parse::<VirtualTime>().unwrap().as_millis().to_string();
    assert_eq!(snowplow.get("ttm"), None);
    assert_eq!(snowplow["dtm"], millis(&format!("{local}Z")));
    assert_eq!(snowplow["stm"], millis(&format!("{}Z", sent.as_str().unwrap())));
    let truth = succeeds(
        folder.path(),
        &["generate", "zone.yaml", "--format", "snowplow", "--without-faults"],
    );
    assert!(truth.contains("\"ttm\":") && !truth.contains("\"stm\":"));
}

/// Tables of what arrives are the lines of deliveries, and are sent and checked as those are.
#[test]
fn what_arrives_is_a_table() {
    let folder = folder();
    let deliveries = fs::read(folder.path().join("truth/deliveries.jsonl")).unwrap();
    for name in ["arrivals.parquet", "arrivals.arrow"] {
        succeeds(folder.path(), &["generate", "shop.yaml", "-o", name]);
        let sent = ["replay", name, "--url", "stdout:", "--speed", "max"];
        let of_lines = ["replay", "truth/deliveries.jsonl", "--url", "stdout:", "--speed", "max"];
        let bodies = run(folder.path(), &sent).stdout;
        assert!(!bodies.is_empty() && bodies == run(folder.path(), &of_lines).stdout, "{name}");
    }
    let written = run(folder.path(), &["generate", "shop.yaml", "--format", "csv"]).stdout;
    let mut rows = csv::Reader::from_reader(&*written);
    let lines = deliveries.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    for line in lines {
        let delivery: serde_json::Value = serde_json::from_slice(line).unwrap();
        let row: BTreeMap<String, String> = rows.deserialize().next().unwrap().unwrap();
        for name in ["received_at", "delivery_id", "user_id", "raw", "raw_hex"] {
            assert_eq!(row[name], delivery[name].as_str().unwrap_or_default(), "{name}");
        }
        let body = delivery.get("body").map_or(String::new(), ToString::to_string);
        let row_body = serde_json::from_str::<serde_json::Value>(&row["body"]).ok();
        assert_eq!(row_body.as_ref().map_or(String::new(), ToString::to_string), body);
    }
    assert!(rows.records().next().is_none());
    let refused = run(
        folder.path(),
        &["generate", "shop.yaml", "-o", "days", "--format", "parquet", "--partition-by", "date"],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--without-faults"), "{}", stderr(&refused));
}

/// Shards of deliveries, as lines or as tables, give the bytes and the manifest of the whole in every form that it can have.
#[test]
fn shards_of_arrivals_are_the_whole_in_any_form() {
    let folder = folder();
    let folder = folder.path();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let same = |whole: &str, merged: &str| {
        for ending in ["", ".manifest.json"] {
            let [whole, merged] = [whole, merged].map(|name| read(&format!("{name}{ending}")));
            assert!(whole == merged, "{ending} {}", String::from_utf8_lossy(&merged[..200]));
        }
    };
    let parts = |ending: &str, more: &[&str]| -> Vec<String> {
        let part = |shard| {
            let (name, shard) = (format!("part{shard}{ending}"), format!("{shard}/3"));
            let generate = ["generate", "shop.yaml", "--shard", &shard, "-o", &name];
            succeeds(folder, &[&generate[..], more].concat());
            name
        };
        (0..3).map(part).collect()
    };
    let merge = |parts: &[String], more: &[&str]| {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        run(folder, &[&["merge"], &parts[..], more].concat())
    };
    let lines = parts(".jsonl", &["--format", "deliveries"]);
    let formats = FORMATS.iter().map(|format| format.name).chain(["jsonl"]);
    for format in formats {
        succeeds(folder, &["generate", "shop.yaml", "--format", format, "-o", "whole.jsonl"]);
        let merged = merge(&lines, &["--format", format, "-o", "merged.jsonl"]);
        assert!(merged.status.success(), "{format}: {}", stderr(&merged));
        same("whole.jsonl", "merged.jsonl");
    }
    for ending in [".parquet", ".arrow"] {
        let [whole, merged] = ["whole", "merged"].map(|name| format!("{name}{ending}"));
        succeeds(folder, &["generate", "shop.yaml", "-o", &whole]);
        let parts = parts(ending, &[]);
        assert!(merge(&parts, &["-o", &merged]).status.success());
        same(&whole, &merged);
        assert!(merge(&parts, &["--format", "jsonl", "-o", "log.jsonl"]).status.success());
        assert!(read("log.jsonl") == read("events.jsonl"), "{ending}");
    }
}

/// What the parts do not say is told, with what to do.
#[test]
fn shards_that_do_not_say_their_order_are_refused_with_the_way_out() {
    let folder = folder();
    for (format, output, more, told) in [
        (
            "segment",
            "x.jsonl",
            "",
            "--format deliveries` if there are faults, by `merge --format segment",
        ),
        ("jsonl", "x.jsonl", "", "merge --format jsonl"),
        ("csv", "x.csv", "", "only jsonl, parquet, arrow"),
        ("ledger", "x.jsonl", "segment", "only deliveries become"),
        ("deliveries", "x.parquet", "segment", "name it .jsonl"),
    ] {
        let ending = if format == "csv" { "csv" } else { "jsonl" };
        let parts = ["0", "1"].map(|part| format!("{part}.{ending}"));
        for (name, shard) in parts.iter().zip(["0/2", "1/2"]) {
            let generate =
                ["generate", "shop.yaml", "--format", format, "--shard", shard, "-o", name];
            succeeds(folder.path(), &generate);
        }
        let mut merge = vec!["merge", &parts[0], &parts[1], "-o", output];
        if !more.is_empty() {
            merge.extend(["--format", more]);
        }
        let refused = run(folder.path(), &merge);
        assert_eq!(refused.status.code(), Some(1), "{format}");
        assert!(stderr(&refused).contains(told), "{format}: {}", stderr(&refused));
    }
}

/// So it is without faults, of JSON lines.
#[test]
fn shards_of_a_timeline_become_another_format() {
    let folder = folder();
    for format in ["posthog", "matomo"] {
        let generate = |name: &str, more: &[&str]| {
            let generate = ["generate", "shop.yaml", "--without-faults", "-o", name];
            succeeds(folder.path(), &[&generate[..], more].concat());
        };
        generate("whole.jsonl", &["--format", format]);
        generate("0.jsonl", &["--shard", "0/2"]);
        generate("1.jsonl", &["--shard", "1/2"]);
        let merge = ["merge", "1.jsonl", "0.jsonl", "--format", format, "-o", "merged.jsonl"];
        succeeds(folder.path(), &merge);
        for ending in ["", ".manifest.json"] {
            let read =
                |name: &str| fs::read(folder.path().join(format!("{name}{ending}"))).unwrap();
            assert!(read("whole.jsonl") == read("merged.jsonl"), "{format}{ending}");
        }
    }
}
