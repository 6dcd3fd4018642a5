//! What arrives, held against the timeline and the ledger.

use std::collections::BTreeMap;

use event_simulator::deliveries::{Deliveries, DeliveryWriter};
use event_simulator::wire::{Codec, Encode, JsonLines};
use event_simulator::{Model, Scenario, Shard};
use serde_json::{Map, Value};

use super::ledger::{ByDelivery, arrived, delivered, happened, objects, text};

const WORLD: &str = "
simulation: { num_users: 25, duration_seconds: 3600, ramp_up_seconds: 600 }
users:
  attributes: { plan: { choice: { free: 0.7, pro: 0.3 } } }
  devices: { per_user: 1.5 }
  identity: { signed_up: 0.4, sign_up: 0.3, log_in: 0.8 }
";

/// Each kind of fault, in more than one form where there are several.
const FAULTS: [&str; 31] = [
    "late: { share: 0.05, delay: { median: 20s, p90: 5m } }",
    "offline: { share: 0.1, delay: { min: 10m, max: 2h } }",
    "out_of_order: { share: 0.1 }",
    "lost: { share: 0.05 }",
    "outage: { kind: lost, share: 1, from: 20m, to: 22m }",
    "no_closes: { kind: lost, share: 1, when: { event_type: page_closed, user.plan: pro } }",
    "duplicates: { share: 0.05, delay: { min: 1s, max: 8d } }",
    "synthetic: { kind: duplicates, share: 0.05, copy: synthetic, delay: 3s }",
    "reidentified: { kind: duplicates, share: 0.05, copy: reidentified, delay: { mean: 5s } }",
    "backfill: { share: 1, from: 40m, to: 42m, at: 3h }",
    "twins: { share: 0.05 }",
    "clock_skew: { share: 0.2, offset: { sd: 2m }, drift: 10 }",
    "jump: { kind: clock_skew, share: 0.2, jump: { min: -1h, max: 1h } }",
    "future: { share: 0.01, offset: 3650d }",
    "ties: { share: 0.1, precision: minute }",
    "zone: { share: 0.1, time_zone: America/New_York }",
    "values: { share: 0.1 }",
    "rename: { kind: schema_change, share: 0.5, from: 30m, property: journey, change: rename, new_name: path }",
    "retype: { kind: schema_change, share: 0.5, property: step, change: retype }",
    "add: { kind: schema_change, share: 0.5, property: ab, change: add, value: { x: [1, 2.50] } }",
    "identity: { share: 0.8 }",
    "malformed: { share: 0.05 }",
    "prefetches: { share: 0.1 }",
    "bots: { visitors: 5 }",
    "touches: { share: 0.5 }",
    "returns: { share: 0.3, delay: 7d, event_type: purchase }",
    "idle: { kind: late, share: 0.5, from: 10m, to: 20m, at: 40m }",
    "midnight: { kind: returns, share: 0.3, at: 50m, event_type: heartbeat }",
    "odd_agents: { share: 0.3 }",
    "decimal: { kind: schema_change, share: 0.5, property: step, change: decimal }",
    "set: { kind: schema_change, share: 0.5, property: event_type, change: set, value: closed, when: { event_type: page_closed } }",
];

/// Those of which the bytes stand below.
const FIRST_FAULTS: usize = 24;

fn model(faults: &[&str]) -> Model {
    let faults = match faults {
        [] => String::new(),
        faults => format!("faults:\n  {}", faults.join("\n  ")),
    };
    Scenario::from_yaml(&format!("{WORLD}{faults}")).unwrap().compile().unwrap()
}

fn timeline(model: &Model) -> Vec<u8> {
    let mut simulation = model.simulate(model.seed());
    let mut encoder = JsonLines::encoder(simulation.model());
    let mut lines = Vec::new();
    while let Some(record) = simulation.next_record() {
        encoder.encode(&record, &mut lines);
    }
    lines
}

struct Arrivals {
    envelopes: Vec<u8>,
    log: Vec<u8>,
    ledger: Vec<u8>,
    counts: BTreeMap<String, u64>,
}

fn arrivals(model: &Model, shard: Shard) -> Arrivals {
    let simulation = model.simulate_shard(model.seed(), shard);
    let mut deliveries = Deliveries::of_shard(simulation, shard, true);
    let mut writer = DeliveryWriter::new(deliveries.model());
    let (mut envelopes, mut log, mut ledger) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(delivery) = deliveries.next() {
        writer.write_envelope(&delivery, &mut envelopes);
        writer.write_log(&delivery, &mut log);
        deliveries.take_ledger(&mut ledger);
    }
    deliveries.take_ledger(&mut ledger);
    Arrivals { envelopes, log, ledger, counts: deliveries.fault_counts() }
}

fn assert_ledger_is_complete(model: &Model) -> Arrivals {
    let timeline = timeline(model);
    let found = arrivals(model, Shard::WHOLE);
    let envelopes = objects(&found.envelopes);
    let key = |envelope: &Map<String, Value>| {
        (text(envelope, "received_at").to_owned(), text(envelope, "delivery_id").to_owned())
    };
    assert!(envelopes.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "in order of arrival");
    let keyed: ByDelivery = envelopes.iter().map(|one| (key(one), arrived(one))).collect();
    let expected = delivered(&timeline, &found.ledger);
    assert_eq!(keyed.len(), expected.len());
    for (key, arrived) in &keyed {
        assert_eq!(Some(arrived), expected.get(key), "{key:?}");
    }
    let truth: BTreeMap<String, Value> = objects(&timeline)
        .into_iter()
        .map(|event| (text(&event, "event_id").to_owned(), Value::Object(event)))
        .collect();
    let happened = happened(&found.envelopes, &found.ledger);
    assert_eq!(happened.len(), truth.len());
    for (id, event) in &happened {
        assert_eq!(Some(event), truth.get(id), "{id}");
    }
    let lines = objects(&found.ledger);
    assert_eq!(found.counts.values().sum::<u64>(), lines.len() as u64);
    found
}

#[test]
fn deliveries_follow_from_the_timeline_and_the_ledger_and_the_timeline_from_those() {
    for fault in FAULTS {
        let found = assert_ledger_is_complete(&model(&[fault]));
        assert!(found.counts.values().all(|count| *count > 0), "{fault} does nothing");
    }
    let found = assert_ledger_is_complete(&model(&FAULTS));
    let idle: Vec<_> = found.counts.iter().filter(|(_, count)| **count == 0).collect();
    assert_eq!(idle, []);
}

#[test]
fn what_happened_is_the_same_with_and_without_faults() {
    assert_eq!(timeline(&model(&[])), timeline(&model(&FAULTS)));
}

#[test]
fn without_faults_what_happens_arrives_at_once() {
    let found = assert_ledger_is_complete(&model(&[]));
    assert_eq!(found.ledger, b"");
    for event in objects(&found.log) {
        assert_eq!(event["event_time"], event["received_at"]);
        assert_eq!(event["event_time"], event["sent_at"]);
    }
}

/// Whether an event is late, and by how much, does not depend on what else becomes of events.
#[test]
fn faults_do_not_move_each_other() {
    let late = |ledger: &[u8]| -> BTreeMap<String, Value> {
        let notes = objects(ledger).into_iter().filter(|note| note["fault"] == "late");
        notes.map(|note| (text(&note, "event_id").to_owned(), note["delay_ms"].clone())).collect()
    };
    let alone = late(&arrivals(&model(&FAULTS[..1]), Shard::WHOLE).ledger);
    let all = arrivals(&model(&FAULTS), Shard::WHOLE).ledger;
    let lost: Vec<String> = objects(&all)
        .into_iter()
        .filter(|note| note["effect"] == "lost")
        .map(|note| text(&note, "event_id").to_owned())
        .collect();
    let mut expected = alone;
    expected.retain(|id, _| !lost.contains(id));
    assert_eq!(late(&all), expected);
}

#[test]
fn shards_put_together_are_the_whole() {
    let model = model(&FAULTS);
    let whole = arrivals(&model, Shard::WHOLE);
    let sorted = |parts: Vec<Vec<u8>>, names: [&str; 2]| {
        let mut lines: Vec<(Vec<String>, usize, Vec<u8>)> = Vec::new();
        for line in parts.concat().split_inclusive(|byte| *byte == b'\n') {
            let object: Map<String, Value> = serde_json::from_slice(line).unwrap();
            let key = names.map(|name| text(&object, name).to_owned()).to_vec();
            lines.push((key, lines.len(), line.to_vec()));
        }
        lines.sort();
        lines.into_iter().flat_map(|(_, _, line)| line).collect::<Vec<u8>>()
    };
    let parts: Vec<Arrivals> =
        (0..3).map(|index| arrivals(&model, Shard::new(index, 3).unwrap())).collect();
    let envelopes = parts.iter().map(|part| part.envelopes.clone()).collect();
    assert!(sorted(envelopes, ["received_at", "delivery_id"]) == whole.envelopes);
    let ledgers = parts.iter().map(|part| part.ledger.clone()).collect();
    assert!(sorted(ledgers, ["event_id", ""]) == whole.ledger);
}

/// A fault has all events of its window and its conditions, and no other, where its share is 1.
#[test]
fn windows_and_conditions_are_kept() {
    let faults = [
        "outage: { kind: lost, share: 1, from: 20m, to: 22m }",
        "no_closes: { kind: lost, share: 1, when: { event_type: [page_closed, page_left], user.plan: pro } }",
        "slow: { kind: late, share: 1, delay: 5s, from: '2026-01-01T00:30:00Z', when: { page_path: / } }",
    ];
    let model = model(&faults);
    let found = objects(&arrivals(&model, Shard::WHOLE).ledger);
    let of = |name: &str| -> Vec<String> {
        let notes = found.iter().filter(|note| note["fault"] == name);
        notes.map(|note| text(note, "event_id").to_owned()).collect()
    };
    let events = objects(&timeline(&model));
    let meant = |is_meant: &dyn Fn(&Map<String, Value>, &str) -> bool| -> Vec<String> {
        let events = events.iter().filter(|event| is_meant(event, text(event, "event_time")));
        events.map(|event| text(event, "event_id").to_owned()).collect()
    };
    let in_outage =
        |time: &str| ("2026-01-01T00:20:00.000Z".."2026-01-01T00:22:00.000Z").contains(&time);
    let is_pro_close = |event: &Map<String, Value>| {
        event["event_type"] == "page_closed"
            && event.get("user").is_some_and(|user| user["plan"] == "pro")
    };
    let outage = meant(&|_, time| in_outage(time));
    let closes = meant(&|event, time| is_pro_close(event) && !in_outage(time));
    let slow = meant(&|event, time| {
        time >= "2026-01-01T00:30:00.000Z"
            && text(event, "page_path") == "/"
            && !is_pro_close(event)
    });
    for (name, expected) in [("outage", outage), ("no_closes", closes), ("slow", slow)] {
        assert!(expected.len() > 10, "{name}: {}", expected.len());
        let mut found = of(name);
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{name}");
    }
}

/// What arrives stands for ever, as timelines do.
#[test]
fn the_bytes_of_deliveries_and_ledger_stand() {
    use event_simulator::digest::Digest;

    let Arrivals { envelopes, log, ledger, .. } =
        arrivals(&model(&FAULTS[..FIRST_FAULTS]), Shard::WHOLE);
    let digests = [envelopes, log, ledger].map(|bytes| Digest::of(&bytes));
    insta::assert_debug_snapshot!(digests, @r#"
    [
        "b2043602355f6e0522ad2819ce7a6c47593f29a304ace8926dfbe4c0853dd6e6",
        "166b7f91a183c145fa655cfcbbce9aeb9e549c861c5d0b0d310536667dbef319",
        "f3c8c949acd855a9a71e3151b9f15aad0e40b85e35ea6e1becea5197f943facd",
    ]
    "#);
}

/// Of 10^6 events as many have a fault as its share says, within 4 standard errors: by chance one of 16,000 such tests
/// fails; and delays have the quantiles that they should.
#[test]
fn shares_and_delays_are_met() {
    let yaml = "
simulation: { num_users: 2000, duration_seconds: 9000 }
faults:
  late: { share: 0.1, delay: { median: 20s, p90: 300s } }
  lost: { share: 0.01 }
  duplicates: { share: 0.03, delay: { min: 0s, max: 100s } }
  malformed: { share: 0.002 }
";
    let model = Scenario::from_yaml(yaml).unwrap().compile().unwrap();
    let mut simulation = model.simulate(model.seed());
    let events = std::iter::from_fn(|| simulation.next_record()).count() as f64;
    assert!(events > 1e6, "{events}");
    let found = arrivals(&model, Shard::WHOLE);
    let within = |count: f64, n: f64, share: f64| {
        let error = (n * share * (1.0 - share)).sqrt();
        assert!((count - n * share).abs() < 4.0 * error, "{count} of {n}, not {share}");
    };
    let kept = events * 0.99;
    for (name, n, share) in [
        ("lost", events, 0.01),
        ("late", kept, 0.1),
        ("duplicates", kept, 0.03),
        ("malformed", kept, 0.002),
    ] {
        within(found.counts[name] as f64, n, share);
    }
    let delays = |name: &str| -> Vec<u64> {
        let notes = objects(&found.ledger).into_iter().filter(|note| note["fault"] == name);
        notes.map(|note| note["delay_ms"].as_u64().unwrap()).collect()
    };
    for (name, below_ms, share) in
        [("late", 20_000, 0.5), ("late", 300_000, 0.9), ("duplicates", 25_000, 0.25)]
    {
        let delays = delays(name);
        let below = delays.iter().filter(|delay| **delay <= below_ms).count();
        within(below as f64, delays.len() as f64, share);
    }
}
