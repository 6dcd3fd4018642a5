//! What can be sent and how: times, windows, encodings, foreign files, bad lines.

use std::fs;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event_simulator::VirtualTime;
use event_simulator::quantity::Rate;
use event_simulator_collector::CollectorConfig;
use event_simulator_replay::{
    BatchFormat, Config, EventTime, HttpVersion, LineSource, Replay, ReplayError, ReplayPace,
    ReplayStatus, Silent, Speed, preview,
};
use event_simulator_timeline::Compression;

use super::support::{Stage, assert_complete, lines};

fn now() -> VirtualTime {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    VirtualTime::from_millis(u64::try_from(millis).unwrap()).unwrap()
}

fn speed(factor: f64) -> ReplayPace {
    ReplayPace::Speed(Speed::new(factor).unwrap())
}

#[test]
fn every_body_and_protocol_arrives_as_the_same_events() {
    for version in [HttpVersion::Http1, HttpVersion::Http2] {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            for (batch, batch_format) in [
                (1, BatchFormat::Json),
                (1, BatchFormat::Ndjson),
                (30, BatchFormat::Json),
                (30, BatchFormat::Ndjson),
            ] {
                let stage = Stage::new(500, CollectorConfig::default());
                assert_complete(&stage.replay(|config| {
                    config.batching.size = NonZeroUsize::new(batch);
                    config.target.compression = compression;
                    config.target.http.version = version;
                    config.target.http.batch_format = batch_format;
                }));
                stage.assert_exactly_once();
            }
        }
    }
}

#[test]
fn single_events_go_out_byte_for_byte() {
    let stage = Stage::new(50, CollectorConfig::default());
    assert_complete(
        &stage.replay(|config| config.ordering.max_in_flight = Some(NonZeroUsize::MIN)),
    );
    assert_eq!(
        fs::read_to_string(stage.path("received.jsonl")).unwrap(),
        fs::read_to_string(stage.timeline()).unwrap()
    );
}

/// The collector stamps each event with the time at which it came: none came before it was due.
#[test]
fn nothing_is_sent_before_it_is_due() {
    let stage = Stage::new(400, CollectorConfig { stamp: true, ..CollectorConfig::default() });
    let start_at = VirtualTime::from_millis(now().as_millis() + 200).unwrap();
    assert_complete(&stage.replay(|config| {
        config.schedule.pace = speed(2.0);
        config.schedule.start_at = Some(start_at);
    }));
    let first: VirtualTime = "2026-01-01T00:00:00Z".parse().unwrap();
    for event in stage.received() {
        let time: VirtualTime = event["event_time"].as_str().unwrap().parse().unwrap();
        let came: VirtualTime = event["received_at"].as_str().unwrap().parse().unwrap();
        let due = start_at.as_millis() + time.millis_since(first) / 2;
        // The two clocks that are compared, monotonic and wall, are each cut to a millisecond.
        assert!(came.as_millis() + 2 >= due, "{event} came {} ms early", due - came.as_millis());
    }
    assert_eq!(stage.received().len(), 400);
}

#[test]
fn a_rate_spreads_events_over_time() {
    let stage = Stage::new(300, CollectorConfig::default());
    let rate = Rate::per_second(1_000.0).unwrap();
    let summary = stage.replay(|config| config.schedule.pace = ReplayPace::Rate(rate));
    assert!(summary.elapsed >= Duration::from_millis(299), "{:?}", summary.elapsed);
    assert_eq!(summary.metrics.lag.count(), 300);
}

#[test]
fn a_window_is_cut_out_and_the_schedule_begins_with_it() {
    let stage = Stage::new(1_000, CollectorConfig::default());
    let time = |text: &str| Some(text.parse().unwrap());
    let summary = stage.replay(|config| {
        config.schedule.pace = speed(1.0);
        config.schedule.from = time("2026-01-01T00:00:01Z");
        config.schedule.until = time("2026-01-01T00:00:01.100Z");
    });
    assert_eq!(summary.metrics.delivered, 50);
    assert!(summary.elapsed < Duration::from_millis(900), "{:?}", summary.elapsed);
}

#[test]
fn times_are_shifted_together_or_set_to_now() {
    let stage = Stage::new(100, CollectorConfig::default());
    let before = now();
    assert_complete(&stage.replay(|config| config.schedule.event_time = EventTime::Shift));
    let mut times: Vec<VirtualTime> = stage
        .received()
        .iter()
        .map(|event| event["event_time"].as_str().unwrap().parse().unwrap())
        .collect();
    times.sort();
    assert!(times[0] >= before);
    assert_eq!(times[99].millis_since(times[0]), 198);

    let stage = Stage::new(100, CollectorConfig::default());
    assert_complete(&stage.replay(|config| config.schedule.event_time = EventTime::Now));
    for event in stage.received() {
        let time: VirtualTime = event["event_time"].as_str().unwrap().parse().unwrap();
        assert!(time >= before && time <= now());
    }
}

const FOREIGN: &str = r#"{"ts": 1767225600, "who": {"a": 1}, "n": 1, "event_type":"x","user_id":"u","session_id":"s"}
not json
{"ts": 1767225600.5, "who": {"a": 1}, "n": 2, "event_type":"x","user_id":"u","session_id":"s"}

{"who": {"a": 1}, "n": 3, "event_type":"x","user_id":"u","session_id":"s"}
"#;

fn foreign(config: &mut Config) {
    config.schedule.pace = speed(100.0);
    config.ordering.lane_field = Some("who".to_owned());
    config.input.time_field = "ts".into();
    config.input.id_field = "n".into();
}

#[test]
fn lines_of_others_are_sent_as_they_stand_and_bad_ones_set_aside_with_their_number() {
    let stage = Stage::new(0, CollectorConfig::default());
    fs::write(stage.timeline(), FOREIGN).unwrap();
    let summary = stage.replay(foreign);
    assert_complete(&summary);
    assert_eq!(
        (summary.metrics.bad_lines, summary.metrics.delivered + summary.metrics.dead_letters),
        (2, 4)
    );
    let letters = lines(&stage.path("dead.jsonl"));
    let bad: Vec<_> = letters.iter().filter(|letter| letter["line"].is_string()).collect();
    assert_eq!(bad[0]["line"], "not json");
    assert_eq!(bad[0]["dead_letter"]["line"], 2);
    assert_eq!(bad[1]["dead_letter"]["line"], 5);
    assert!(bad[1]["dead_letter"]["error"].as_str().unwrap().contains("ts"));
}

#[test]
fn strict_stops_at_the_first_bad_line() {
    let stage = Stage::new(0, CollectorConfig::default());
    fs::write(stage.timeline(), FOREIGN).unwrap();
    let summary = stage.replay(|config| {
        foreign(config);
        config.input.strict = true;
    });
    match summary.status {
        ReplayStatus::Failed(error) => assert!(error.to_string().contains("line 2"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_connection_says_what_was_tried_and_how_to_look() {
    let stage = Stage::new(100, CollectorConfig::default());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/api/events").parse().unwrap();
    let summary = stage.replay(|config| config.target.url = url);
    let ReplayStatus::Failed(error) = summary.status else { panic!() };
    assert!(matches!(error, ReplayError::Outage { .. }));
    let message = error.to_string();
    assert!(message.contains(&format!("curl http://127.0.0.1:{port}/health")), "{message}");
    assert!(message.contains("refused"), "{message}");
}

#[test]
fn a_preview_sends_nothing_and_tells_the_schedule() {
    let stage = Stage::new(1_000, CollectorConfig::default());
    let mut config = stage.config();
    config.schedule.pace = speed(2.0);
    config.batching.size = NonZeroUsize::new(10);
    let mut source = LineSource::open(&stage.timeline(), &config).unwrap();
    let preview = preview(&config, &mut source).unwrap();
    assert_eq!((preview.events, preview.requests), (1_000, 100));
    assert_eq!(preview.lasts, Some(Duration::from_millis(999)));
    assert_eq!(preview.peak_rate, 1_000);
    let request = preview.first_request.unwrap();
    assert!(request.starts_with("POST http://127.0.0.1:"), "{request}");
    assert_eq!(request.matches("event_id").count(), 10);
    assert_eq!(stage.collector.stats().requests, 0);
}

#[test]
fn a_preview_shows_the_time_that_is_sent() {
    let stage = Stage::new(3, CollectorConfig::default());
    for event_time in [EventTime::Now, EventTime::Shift] {
        let mut config = stage.config();
        config.schedule.event_time = event_time;
        let mut source = LineSource::open(&stage.timeline(), &config).unwrap();
        let request = preview(&config, &mut source).unwrap().first_request.unwrap();
        let body = request.split("\n\n").last().unwrap();
        let event: serde_json::Value = serde_json::from_str(body).unwrap();
        let time: VirtualTime = event["event_time"].as_str().unwrap().parse().unwrap();
        assert!(now().as_millis().abs_diff(time.as_millis()) < 600_000, "{body}");
    }
}

/// Batches that would need more memory than there is for them go out as they are.
#[test]
fn batches_that_do_not_fit_in_memory_are_sent_before_they_are_full() {
    const EVENTS: u64 = 80_000;
    let stage = Stage::new(EVENTS, CollectorConfig::default());
    let summary = stage.replay(|config| {
        config.batching.size = NonZeroUsize::new(100_000);
        config.batching.wait = Some(Duration::from_secs(3_600));
    });
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, EVENTS);
    assert!(fs::metadata(stage.timeline()).unwrap().len() > 16 * 1024 * 1024);
}

#[test]
fn an_empty_timeline_is_complete() {
    let stage = Stage::new(0, CollectorConfig::default());
    let summary = stage.replay(|_| ());
    assert_complete(&summary);
    let source = LineSource::new("none".to_owned(), Box::new(&b""[..]), &stage.config());
    Replay::new(stage.config()).run(Box::new(source), &mut Silent).unwrap();
}
