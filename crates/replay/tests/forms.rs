//! What can be sent and how: times, windows, encodings, foreign files, bad lines.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use event_simulator::VirtualTime;
use event_simulator::quantity::Rate;
use event_simulator_collector::CollectorConfig;
use event_simulator_replay::{
    BatchFormat, Compression, EventTime, HttpVersion, LineSource, Options, Outcome, Replay,
    ReplayError, Silent, Speed, preview,
};

use super::support::{Stage, assert_complete, lines};

fn now() -> VirtualTime {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    VirtualTime::from_millis(u64::try_from(millis).unwrap()).unwrap()
}

#[test]
fn every_body_and_protocol_arrives_as_the_same_events() {
    for http in [HttpVersion::Http1, HttpVersion::Http2] {
        for compress in [Compression::None, Compression::Gzip, Compression::Zstd] {
            for (batch, batch_format) in [
                (1, BatchFormat::Json),
                (1, BatchFormat::Ndjson),
                (30, BatchFormat::Json),
                (30, BatchFormat::Ndjson),
            ] {
                let stage = Stage::new(500, CollectorConfig::default());
                let options = Options { http, compress, batch, batch_format, ..stage.options() };
                assert_complete(&stage.replay(options));
                stage.assert_exactly_once();
            }
        }
    }
}

#[test]
fn single_events_go_out_byte_for_byte() {
    let stage = Stage::new(50, CollectorConfig::default());
    let options = Options { in_flight: Some(1), ..stage.options() };
    assert_complete(&stage.replay(options));
    assert_eq!(
        fs::read_to_string(stage.path("received.jsonl")).unwrap(),
        fs::read_to_string(stage.timeline()).unwrap()
    );
}

/// The sink stamps each event with the time at which it came: none came before it was due.
#[test]
fn nothing_is_sent_before_it_is_due() {
    let stage = Stage::new(400, CollectorConfig { stamp: true, ..CollectorConfig::default() });
    let start_at = VirtualTime::from_millis(now().as_millis() + 200).unwrap();
    let options =
        Options { speed: Speed::Factor(2.0), start_at: Some(start_at), ..stage.options() };
    assert_complete(&stage.replay(options));
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
    let summary = stage.replay(Options { rate: Rate::per_second(1_000.0), ..stage.options() });
    assert!(summary.elapsed >= Duration::from_millis(299), "{:?}", summary.elapsed);
    assert_eq!(summary.metrics.lag.count(), 300);
}

#[test]
fn a_window_is_cut_out_and_the_schedule_begins_with_it() {
    let stage = Stage::new(1_000, CollectorConfig::default());
    let time = |text: &str| Some(text.parse().unwrap());
    let options = Options {
        speed: Speed::Factor(1.0),
        from: time("2026-01-01T00:00:01Z"),
        until: time("2026-01-01T00:00:01.100Z"),
        ..stage.options()
    };
    let summary = stage.replay(options);
    assert_eq!(summary.metrics.delivered, 50);
    assert!(summary.elapsed < Duration::from_millis(900), "{:?}", summary.elapsed);
}

#[test]
fn times_are_shifted_together_or_set_to_now() {
    let stage = Stage::new(100, CollectorConfig::default());
    let before = now();
    assert_complete(&stage.replay(Options { event_time: EventTime::Shift, ..stage.options() }));
    let mut times: Vec<VirtualTime> = stage
        .received()
        .iter()
        .map(|event| event["event_time"].as_str().unwrap().parse().unwrap())
        .collect();
    times.sort();
    assert!(times[0] >= before);
    assert_eq!(times[99].millis_since(times[0]), 198);

    let stage = Stage::new(100, CollectorConfig::default());
    assert_complete(&stage.replay(Options { event_time: EventTime::Now, ..stage.options() }));
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

fn foreign(stage: &Stage) -> Options {
    fs::write(stage.timeline(), FOREIGN).unwrap();
    Options {
        speed: Speed::Factor(100.0),
        time_field: "ts".to_owned(),
        per_lane: "who".to_owned(),
        id_field: "n".to_owned(),
        ..stage.options()
    }
}

#[test]
fn lines_of_others_are_sent_as_they_stand_and_bad_ones_set_aside_with_their_number() {
    let stage = Stage::new(0, CollectorConfig::default());
    let options = foreign(&stage);
    let summary = stage.replay(options);
    assert_complete(&summary);
    assert_eq!(
        (summary.metrics.bad_lines, summary.metrics.delivered + summary.metrics.dead),
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
    let options = Options { strict: true, ..foreign(&stage) };
    match stage.replay(options).outcome {
        Outcome::Failed(error) => assert!(error.to_string().contains("line 2"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refused_connection_says_what_was_tried_and_how_to_look() {
    let stage = Stage::new(100, CollectorConfig::default());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = Options { url: format!("http://127.0.0.1:{port}/api/events"), ..stage.options() };
    let Outcome::Failed(error) = stage.replay(options).outcome else { panic!() };
    assert!(matches!(error, ReplayError::Outage { .. }));
    let message = error.to_string();
    assert!(message.contains(&format!("curl http://127.0.0.1:{port}/health")), "{message}");
    assert!(message.contains("refused"), "{message}");
}

#[test]
fn a_preview_sends_nothing_and_tells_the_schedule() {
    let stage = Stage::new(1_000, CollectorConfig::default());
    let options = Options { speed: Speed::Factor(2.0), batch: 10, ..stage.options() };
    let mut source = LineSource::open(&stage.timeline(), &options).unwrap();
    let preview = preview(&options, &mut source).unwrap();
    assert_eq!((preview.events, preview.requests), (1_000, 100));
    assert_eq!(preview.lasts, Some(Duration::from_millis(999)));
    assert_eq!(preview.peak_rate, 1_000);
    let request = preview.first_request.unwrap();
    assert!(request.starts_with("POST http://127.0.0.1:"), "{request}");
    assert_eq!(request.matches("event_id").count(), 10);
    assert_eq!(stage.sink.stats().requests, 0);
}

#[test]
fn a_preview_shows_the_time_that_is_sent() {
    let stage = Stage::new(3, CollectorConfig::default());
    for event_time in [EventTime::Now, EventTime::Shift] {
        let options = Options { event_time, ..stage.options() };
        let mut source = LineSource::open(&stage.timeline(), &options).unwrap();
        let request = preview(&options, &mut source).unwrap().first_request.unwrap();
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
    let batch_wait = Duration::from_secs(3_600);
    let summary = stage.replay(Options { batch: 100_000, batch_wait, ..stage.options() });
    assert_complete(&summary);
    assert_eq!(summary.metrics.delivered, EVENTS);
    assert!(fs::metadata(stage.timeline()).unwrap().len() > 16 * 1024 * 1024);
}

#[test]
fn an_empty_timeline_is_complete() {
    let stage = Stage::new(0, CollectorConfig::default());
    let summary = stage.replay(stage.options());
    assert_complete(&summary);
    let source = LineSource::new("none".to_owned(), Box::new(&b""[..]), &stage.options());
    Replay::new(stage.options()).run(Box::new(source), &mut Silent).unwrap();
}
