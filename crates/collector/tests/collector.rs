//! The collector over real sockets: its contract, each fault alone, and what it keeps.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use event_simulator_collector::{Collector, CollectorConfig, FaultConfig};

use super::support::{NDJSON, event, lines, post, request, share, start, status, with_faults};

#[test]
fn an_event_is_accepted_as_the_contract_says() {
    let collector = start(CollectorConfig::default());
    let answer = post(&collector, "", event("u", 1)).unwrap();
    assert_eq!(answer.status, 200);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["status"], "success");
    assert_eq!(body["event_id"].as_str().unwrap().len(), 36);
    assert!(body["message"].is_string());
    let health = request(collector.addr(), "GET /health", "", b"").unwrap();
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"healthy"}"#));
    let head = request(collector.addr(), "HEAD /health", "", b"").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.head.contains("content-length: 20\r\n"), "{}", head.head);
    let stats = request(collector.addr(), "GET /stats", "", b"").unwrap();
    assert!(stats.body.contains(r#""events_accepted":1"#), "{}", stats.body);
}

#[test]
fn what_breaks_the_contract_is_refused_with_all_its_problems() {
    let collector = start(CollectorConfig::default());
    let answer = post(&collector, "", r#"{"event_type":1,"session_id":"s"}"#).unwrap();
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.body,
        r#"{"detail":[{"type":"string_type","loc":["body","event_type"],"msg":"Input should be a valid string","input":1},{"type":"missing","loc":["body","user_id"],"msg":"Field required","input":{"event_type":1,"session_id":"s"}}]}"#
    );
    for body in ["", "nope", "[1]", "5", "{", "null"] {
        assert_eq!(status(&collector, "", body), 422, "{body}");
    }
    assert_eq!(status(&collector, "", b"\xff"), 400);
    let addr = collector.addr();
    assert_eq!(request(addr, "GET /nowhere", "", b"").unwrap().status, 404);
    let wrong_method = request(addr, "PUT /api/events", "", b"").unwrap();
    assert_eq!(wrong_method.status, 405);
    assert!(wrong_method.head.contains("allow: post"), "{}", wrong_method.head);
    let wrong_method = request(addr, "POST /stats", "", b"").unwrap();
    assert_eq!(wrong_method.status, 405);
    assert!(wrong_method.head.contains("allow: get,head"), "{}", wrong_method.head);
    assert_eq!(collector.stop().unwrap().refused, 7);
}

#[test]
fn batches_are_accepted_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let collector =
        start(CollectorConfig { output: Some(path.clone()), ..CollectorConfig::default() });
    let [a, b, c, d] = [1, 2, 3, 4].map(|number| event("u", number));
    assert_eq!(status(&collector, "", format!("[{a}, {b}]")), 200);
    assert_eq!(status(&collector, NDJSON, format!("{c}\n{d}\n")), 200);
    let refused = post(&collector, "", format!("{a}\n{b}\n{{}}\n")).unwrap();
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(r#""loc":["body",2,"user_id"]"#), "{}", refused.body);
    let stats = collector.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.refused), (4, 1));
    assert_eq!(lines(&path), [a, b, c, d]);
}

#[test]
fn compressed_bodies_are_read() {
    let collector = start(CollectorConfig::default());
    let body = format!("{}\n{}\n", event("u", 1), event("u", 2));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let zstd = zstd::encode_all(body.as_bytes(), 3).unwrap();
    assert_eq!(status(&collector, "Content-Encoding: gzip\r\n", gzip.finish().unwrap()), 200);
    assert_eq!(status(&collector, "Content-Encoding: zstd\r\n", zstd), 200);
    assert_eq!(status(&collector, "Content-Encoding: gzip\r\n", &body), 400);
    assert_eq!(status(&collector, "Content-Encoding: br\r\n", &body), 415);
    assert_eq!(collector.stop().unwrap().events_accepted, 4);
}

#[test]
fn cleartext_http2_is_spoken() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let collector = start(CollectorConfig::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (version, status) = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
        let answer = client.post(collector.url()).body(event("u", 1)).send().await.unwrap();
        (answer.version(), answer.status())
    });
    assert_eq!((version, status.as_u16()), (reqwest::Version::HTTP_2, 200));
}

#[test]
fn the_output_holds_what_came() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let collector = start(CollectorConfig {
        output: Some(path.clone()),
        stamp: true,
        ..CollectorConfig::default()
    });
    let pretty = "{\n \"event_type\": \"a b\",\n \"user_id\": \"u\", \"session_id\": \"s\"\n}";
    assert_eq!(status(&collector, "", pretty), 200);
    collector.stop().unwrap();
    let written = lines(&path);
    let start = r#"{"event_type":"a b","user_id":"u","session_id":"s","received_id":""#;
    assert!(written.len() == 1 && written[0].starts_with(start), "{written:?}");
    serde_json::from_str::<serde_json::Value>(&written[0]).unwrap();
}

#[test]
fn two_clients_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let collector =
        start(CollectorConfig { output: Some(path.clone()), ..CollectorConfig::default() });
    thread::scope(|scope| {
        for user in ["a", "b"] {
            let collector = &collector;
            scope.spawn(move || {
                for number in 0..300 {
                    assert_eq!(status(collector, "", event(user, number)), 200);
                }
            });
        }
    });
    let stats = collector.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates, stats.order_violations), (600, 300, 0));
    let written = lines(&path);
    for user in ["a", "b"] {
        let expected: Vec<_> = (0..300).map(|number| event(user, number)).collect();
        let name = format!(r#""user_id":"{user}""#);
        let found: Vec<_> = written.iter().filter(|line| line.contains(&name)).cloned().collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn duplicates_and_order_are_watched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let output = Some(path.clone());
    let collector = start(CollectorConfig { output, dedupe: true, ..CollectorConfig::default() });
    for (headers, number) in
        [("", 5), ("", 5), ("", 4), ("Idempotency-Key: k\r\n", 6), ("Idempotency-Key: k\r\n", 7)]
    {
        assert_eq!(status(&collector, headers, event("u", number)), 200);
    }
    let stats = collector.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates, stats.order_violations), (3, 2, 1));
    assert_eq!(lines(&path), [5, 4, 6].map(|number| event("u", number)));
}

/// The outcome of each of 200 requests, in order: its status, or 0 for a reset.
fn outcomes(faults: &FaultConfig) -> Vec<u16> {
    let collector = with_faults(faults.clone());
    let outcome =
        |number| post(&collector, "", event("u", number)).map_or(0, |answer| answer.status);
    (0..200).map(outcome).collect()
}

#[test]
fn a_seed_fixes_which_requests_fail() {
    let faults = FaultConfig {
        seed: 3,
        fail: share(0.2),
        status: 500,
        reset_before: share(0.1),
        ..FaultConfig::default()
    };
    let first = outcomes(&faults);
    assert_eq!(first, outcomes(&faults));
    assert_ne!(first, outcomes(&FaultConfig { seed: 4, ..faults }));
    for expected in [0, 200, 500] {
        assert!(first.contains(&expected), "{expected}");
    }
}

#[test]
fn a_reset_before_accepts_nothing_and_one_after_accepts() {
    for (before, after, accepted) in [(1.0, 0.0, 0), (0.0, 1.0, 1)] {
        let collector = with_faults(FaultConfig {
            reset_before: share(before),
            reset_after: share(after),
            ..FaultConfig::default()
        });
        let error = post(&collector, "", event("u", 1)).err().expect("no answer");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let stats = collector.stop().unwrap();
        assert_eq!(stats.events_accepted, accepted);
        assert_eq!(stats.resets.before + stats.resets.after, 1);
        assert!(stats.answers.is_empty());
    }
}

#[test]
fn a_hanging_request_gets_no_answer_and_does_not_delay_the_stop() {
    let collector = with_faults(FaultConfig { hang: share(1.0), ..FaultConfig::default() });
    let addr = collector.addr();
    let client =
        thread::spawn(move || request(addr, "POST /api/events", "", event("u", 1).as_bytes()));
    while collector.stats().hangs == 0 {
        thread::yield_now();
    }
    assert!(!client.is_finished());
    let asked = Instant::now();
    let stats = collector.stop().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!((stats.hangs, stats.events_accepted), (1, 0));
    assert!(client.join().unwrap().is_err());
}

#[test]
fn latency_is_within_its_range_and_a_stop_waits_for_the_answer() {
    let latency = Some("200ms..300ms".parse().unwrap());
    let collector = with_faults(FaultConfig { latency, ..FaultConfig::default() });
    let addr = collector.addr();
    let begun = Instant::now();
    let client = thread::spawn(move || {
        let answer = request(addr, "POST /api/events", "", event("u", 1).as_bytes());
        (answer.unwrap().status, begun.elapsed())
    });
    while collector.stats().events_accepted == 0 {
        thread::yield_now();
    }
    collector.stop().unwrap();
    let (status, elapsed) = client.join().unwrap();
    assert_eq!(status, 200);
    assert!(elapsed >= Duration::from_millis(200), "{elapsed:?}");
}

#[test]
fn requests_beyond_the_rate_are_told_when_to_come_back() {
    let rate_limit = Some("1/min".parse().unwrap());
    let collector = with_faults(FaultConfig { rate_limit, ..FaultConfig::default() });
    assert_eq!(status(&collector, "", event("u", 1)), 200);
    let answer = post(&collector, "", event("u", 2)).unwrap();
    assert_eq!(answer.status, 429);
    let wait = answer.head.split("retry-after: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!((55..=60).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert_eq!(collector.stop().unwrap().events_accepted, 1);
}

#[test]
fn while_down_connections_are_refused_and_the_open_ones_reset() {
    let down = vec!["300ms..600ms".parse().unwrap()];
    let collector = with_faults(FaultConfig { down, ..FaultConfig::default() });
    let mut open = TcpStream::connect(collector.addr()).unwrap();
    open.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let error = open.read(&mut [0]).expect_err("is reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let error = TcpStream::connect(collector.addr()).expect_err("is refused");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let answer = loop {
        if let Ok(answer) = post(&collector, "", event("u", 1)) {
            break answer;
        }
        thread::yield_now();
    };
    assert_eq!(answer.status, 200);
    assert!(collector.stats().uptime_seconds >= 0.6);
}

#[test]
fn a_taken_port_and_a_missing_folder_are_explained() {
    let collector = start(CollectorConfig::default());
    let config = CollectorConfig { port: collector.addr().port(), ..CollectorConfig::default() };
    let error = Collector::start(config).expect_err("is taken").to_string();
    assert!(error.contains("cannot listen on 127.0.0.1:"), "{error}");
    let output = Some("no/such/folder/out.jsonl".into());
    let error = Collector::start(CollectorConfig { port: 0, output, ..CollectorConfig::default() });
    assert!(error.expect_err("no folder").to_string().contains("no/such/folder/out.jsonl"));
}

/// `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_answered_507_and_reported() {
    let output = Some("/dev/full".into());
    let collector = start(CollectorConfig { output, dedupe: true, ..CollectorConfig::default() });
    for _ in 0..2 {
        assert_eq!(status(&collector, "", event("u", 1)), 507);
    }
    let stats = collector.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates), (0, 0));
    assert!(stats.last_error.unwrap().contains("/dev/full"));
}
