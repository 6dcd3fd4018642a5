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
