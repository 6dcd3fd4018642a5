//! Each fault of the collector alone, and all together: nothing is lost, and order holds.

use std::num::NonZeroUsize;
use std::time::Duration;

use event_simulator_collector::{CollectorConfig, FaultConfig};
use event_simulator_replay::{BatchFormat, ReplayPace};

use super::support::{Stage, assert_complete, id, lines, replay_file};

const EVENTS: u64 = 10_000;

/// Replays against `faults`, with deduplication, and asserts that every event came exactly once.
fn survives(faults: FaultConfig) {
    let stage = Stage::with_faults(EVENTS, faults);
    let summary = stage.replay(|_| ());
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, EVENTS, "{:?}", summary.metrics.failures);
    stage.assert_exactly_once();
}

#[test]
fn without_faults() {
    let stage = Stage::new(EVENTS, CollectorConfig::default());
    let summary = stage.replay(|_| ());
    assert_complete(&summary);
    assert_eq!(summary.metrics.requests, EVENTS);
    assert_eq!(stage.collector.stats().duplicates, 0);
    assert_eq!(stage.collector.stats().order_violations, 0);
    stage.assert_exactly_once();
}

#[test]
fn latency() {
    survives(FaultConfig { latency: Some("0ms..4ms".parse().unwrap()), ..FaultConfig::default() });
}

/// Of a request that is out for 50 ms a hundred events become due, which would be as many batches if each were cut off when
/// it has waited.
#[test]
fn batches_grow_while_the_target_is_slow() {
    let faults =
        FaultConfig { latency: Some("50ms..50ms".parse().unwrap()), ..FaultConfig::default() };
    let stage = Stage::with_faults(1_000, faults);
    let summary = stage.replay(|config| {
        config.schedule.pace = ReplayPace::Rate("2000/s".parse().unwrap());
        config.ordering.max_in_flight = NonZeroUsize::new(1);
        config.batching.size = NonZeroUsize::new(1_000);
        config.batching.wait = Some(Duration::ZERO);
    });
    assert_complete(&summary);
    assert!(summary.metrics.requests < 50, "{} requests", summary.metrics.requests);
    stage.assert_exactly_once();
}

#[test]
fn failures_that_pass() {
    for status in [408, 429, 500, 503] {
        survives(FaultConfig { fail: "5%".parse().unwrap(), status, ..FaultConfig::default() });
    }
}

#[test]
fn connections_reset_before_the_event_is_taken() {
    survives(FaultConfig { reset_before: "1%".parse().unwrap(), ..FaultConfig::default() });
}

#[test]
fn connections_reset_after_the_event_is_taken() {
    survives(FaultConfig { reset_after: "1%".parse().unwrap(), ..FaultConfig::default() });
}

#[test]
fn requests_that_are_never_answered() {
    survives(FaultConfig { hang: "0.2%".parse().unwrap(), ..FaultConfig::default() });
}

#[test]
fn a_target_that_is_down_for_a_while() {
    survives(FaultConfig {
        latency: Some("4ms..6ms".parse().unwrap()),
        down: vec!["300ms..1s".parse().unwrap()],
        ..FaultConfig::default()
    });
}

#[test]
fn a_rate_limit() {
    survives(FaultConfig { rate_limit: Some("4000/s".parse().unwrap()), ..FaultConfig::default() });
}

fn everything() -> FaultConfig {
    FaultConfig {
        seed: 3,
        latency: Some("0ms..4ms".parse().unwrap()),
        fail: "3%".parse().unwrap(),
        reset_before: "0.5%".parse().unwrap(),
        reset_after: "0.5%".parse().unwrap(),
        hang: "0.1%".parse().unwrap(),
        down: vec!["300ms..600ms".parse().unwrap()],
        rate_limit: Some("4000/s".parse().unwrap()),
        ..FaultConfig::default()
    }
}

#[test]
fn all_faults_together() {
    survives(everything());
}

#[test]
fn all_faults_together_in_batches() {
    let stage = Stage::with_faults(EVENTS, everything());
    let summary = stage.replay(|config| {
        config.batching.size = NonZeroUsize::new(50);
        config.target.http.batch_format = BatchFormat::Ndjson;
    });
    assert_complete(&summary);
    stage.assert_exactly_once();
}

/// Two tries do not get everything through; what does not get through is set aside, and goes through
/// later.
#[test]
fn what_is_given_up_is_in_the_dead_letters_and_can_be_replayed() {
    let faults =
        FaultConfig { fail: "30%".parse().unwrap(), status: 500, ..FaultConfig::default() };
    let stage = Stage::with_faults(EVENTS, faults);
    let summary = stage.replay(|config| config.retry.retries = 1);
    assert_complete(&summary);
    let dead = stage.assert_nothing_lost();
    assert_eq!(dead as u64, summary.metrics.dead_letters);
    assert_eq!(summary.metrics.delivered + summary.metrics.dead_letters, EVENTS);
    assert!(dead > 0, "with 9 % lost this test shows something");

    let mut config = stage.config();
    config.records.dead_letters = Some(stage.path("dead-again.jsonl"));
    let again = replay_file(&stage.path("dead.jsonl"), config);
    assert_eq!(again.metrics.delivered, dead as u64);
    assert_eq!(stage.received().len() as u64, EVENTS);
}

/// Events that the target refuses for their content: alone, and within batches.
#[test]
fn a_refused_event_does_not_take_its_batch_with_it() {
    for (batch, batch_format) in
        [(1, BatchFormat::Json), (50, BatchFormat::Json), (64, BatchFormat::Ndjson)]
    {
        let stage =
            Stage::new(2_000, CollectorConfig { dedupe: true, ..CollectorConfig::default() });
        let refused = [7, 8, 500, 1_999];
        let text = std::fs::read_to_string(stage.timeline()).unwrap();
        let changed: String = text
            .lines()
            .enumerate()
            .map(|(number, line)| {
                let is_refused = refused.contains(&number);
                let line = if is_refused {
                    line.replacen("event_type", "event_tipe", 1)
                } else {
                    line.to_owned()
                };
                line + "\n"
            })
            .collect();
        std::fs::write(stage.timeline(), changed).unwrap();
        let summary = stage.replay(|config| {
            config.batching.size = NonZeroUsize::new(batch);
            config.target.http.batch_format = batch_format;
        });
        assert_complete(&summary);
        let dead: Vec<String> = lines(&stage.path("dead.jsonl"))
            .iter()
            .map(|letter| {
                assert_eq!(letter["dead_letter"]["status"], 422, "{letter}");
                letter["event"]["event_id"].as_str().unwrap().to_owned()
            })
            .collect();
        let mut expected: Vec<String> = refused.iter().map(|&number| id(number as u64)).collect();
        expected.sort();
        let mut sorted = dead.clone();
        sorted.sort();
        assert_eq!(sorted, expected);
        assert_eq!(stage.received().len(), 2_000 - refused.len());
        stage.assert_order();
    }
}
