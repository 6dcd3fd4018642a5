//! Replay in the wire formats of others, to a collector that speaks them.

use std::collections::BTreeMap;

use event_simulator::wire::{FORMATS, KeyPlace};
use event_simulator_collector::{CollectorConfig, FaultConfig};
use event_simulator_replay::SentFormat;
use serde_json::Value;

use super::support::{Stage, assert_complete, lines};

const EVENTS: u64 = 300;

fn by_id(events: Vec<Value>) -> BTreeMap<String, Value> {
    events.into_iter().map(|event| (event["event_id"].to_string(), event)).collect()
}

#[test]
fn what_is_sent_in_any_format_is_what_the_collector_keeps() {
    for format in FORMATS {
        let protocol = Some(*format);
        let stage = Stage::new(EVENTS, CollectorConfig { protocol, ..CollectorConfig::default() });
        let summary = stage.replay(|config| {
            config.target.format.format = SentFormat::Wire(format);
            if format.key_place != KeyPlace::Nowhere {
                config.target.format.api_key = Some("key".parse().unwrap());
            }
        });
        assert_complete(&summary);
        stage.assert_exactly_once();
        let sent = lines(&stage.timeline());
        assert_eq!(by_id(stage.received()), by_id(sent), "{}", format.name);
        let requests = stage.collector.stats().requests;
        assert!(format.limits.batch_events == 1 || requests < EVENTS / 2, "{requests}");
    }
}

#[test]
fn what_is_dropped_silently_counts_as_delivered() {
    let silently_drop = "20%".parse().unwrap();
    let faults = FaultConfig { silently_drop, ..FaultConfig::default() };
    let protocol = FORMATS.iter().copied().find(|format| format.name == "ga4");
    let config = CollectorConfig { protocol, faults, ..CollectorConfig::default() };
    let stage = Stage::new(EVENTS, config);
    let summary = stage.replay(|config| {
        config.target.format.format = SentFormat::Wire(protocol.unwrap());
    });
    assert_eq!(summary.metrics.delivered, EVENTS);
    let dropped = stage.collector.stats().silently_dropped;
    assert!(dropped > EVENTS / 10, "{dropped}");
    assert_eq!(stage.received().len() as u64, EVENTS - dropped);
}
