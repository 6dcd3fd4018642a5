//! The sink over real sockets: its contract, each fault alone, and what it keeps.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use event_simulator::quantity::{ByteSize, Share};
use event_simulator_collector::{Faults, Sink, SinkConfig, SinkHandle};

const NDJSON: &str = "Content-Type: application/x-ndjson\r\n";

struct Answer {
    status: u16,
    head: String,
    body: String,
}

fn start(config: SinkConfig) -> SinkHandle {
    Sink::start(SinkConfig { port: 0, ..config }).unwrap()
}

fn with_faults(faults: Faults) -> SinkHandle {
    start(SinkConfig { faults, ..SinkConfig::default() })
}

fn share(value: f64) -> Share {
    Share::new(value).unwrap()
}

fn event(user: &str, number: u64) -> String {
    format!(
        r#"{{"event_id":"00000000-0000-7000-8000-{number:012x}","event_time":"2026-01-01T00:00:00.{:03}Z","event_type":"page_visited","user_id":"{user}","session_id":"s","page_path":"/","props":{{}}}}"#,
        number % 1_000
    )
}

/// Sends one request on a connection of its own. The error is a connection without an answer.
fn request(addr: SocketAddr, line: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let (head, body) = (head.to_ascii_lowercase(), body.to_owned());
    Ok(Answer { status: status.ok_or(io::ErrorKind::InvalidData)?, head, body })
}

fn post(sink: &SinkHandle, headers: &str, body: impl AsRef<[u8]>) -> io::Result<Answer> {
    request(sink.addr(), "POST /api/events", headers, body.as_ref())
}

fn status(sink: &SinkHandle, headers: &str, body: impl AsRef<[u8]>) -> u16 {
    post(sink, headers, body).unwrap().status
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn an_event_is_accepted_as_the_contract_says() {
    let sink = start(SinkConfig::default());
    let answer = post(&sink, "", event("u", 1)).unwrap();
    assert_eq!(answer.status, 200);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["status"], "success");
    assert_eq!(body["event_id"].as_str().unwrap().len(), 36);
    assert!(body["message"].is_string());
    let health = request(sink.addr(), "GET /health", "", b"").unwrap();
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"healthy"}"#));
    let stats = request(sink.addr(), "GET /stats", "", b"").unwrap();
    assert!(stats.body.contains(r#""events_accepted":1"#), "{}", stats.body);
}

#[test]
fn what_breaks_the_contract_is_refused_with_all_its_problems() {
    let sink = start(SinkConfig::default());
    let answer = post(&sink, "", r#"{"event_type":1,"session_id":"s"}"#).unwrap();
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.body,
        r#"{"detail":[{"type":"string_type","loc":["body","event_type"],"msg":"Input should be a valid string","input":1},{"type":"missing","loc":["body","user_id"],"msg":"Field required","input":{"event_type":1,"session_id":"s"}}]}"#
    );
    for body in ["", "nope", "[1]", "5", "{", "null"] {
        assert_eq!(status(&sink, "", body), 422, "{body}");
    }
    assert_eq!(status(&sink, "", b"\xff"), 400);
    let addr = sink.addr();
    assert_eq!(request(addr, "GET /nowhere", "", b"").unwrap().status, 404);
    let wrong_method = request(addr, "PUT /api/events", "", b"").unwrap();
    assert_eq!(wrong_method.status, 405);
    assert!(wrong_method.head.contains("allow: post"), "{}", wrong_method.head);
    assert_eq!(sink.stop().unwrap().refused, 7);
}

#[test]
fn bodies_have_limits() {
    let config = SinkConfig {
        max_event: ByteSize::bytes(300),
        max_body: ByteSize::bytes(2_000),
        ..SinkConfig::default()
    };
    let sink = start(config);
    let large = event("u", 1).replace('/', &"x".repeat(400));
    assert_eq!(status(&sink, "", event("u", 1)), 200);
    assert_eq!(status(&sink, "", &large), 413);
    assert_eq!(status(&sink, NDJSON, format!("{}\n", event("u", 2)).repeat(5)), 200);
    assert_eq!(status(&sink, NDJSON, format!("{}\n", event("u", 3)).repeat(12)), 413);
    let bomb = zstd::encode_all(&vec![b' '; 50_000_000][..], 3).unwrap();
    assert!(bomb.len() < 2_000 * 10);
    assert_eq!(status(&sink, "Content-Encoding: zstd\r\n", bomb), 413);
}

#[test]
fn batches_are_accepted_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let sink = start(SinkConfig { output: Some(path.clone()), ..SinkConfig::default() });
    let [a, b, c, d] = [1, 2, 3, 4].map(|number| event("u", number));
    assert_eq!(status(&sink, "", format!("[{a}, {b}]")), 200);
    assert_eq!(status(&sink, NDJSON, format!("{c}\n{d}\n")), 200);
    let refused = post(&sink, "", format!("{a}\n{b}\n{{}}\n")).unwrap();
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(r#""loc":["body",2,"user_id"]"#), "{}", refused.body);
    let stats = sink.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.refused), (4, 1));
    assert_eq!(lines(&path), [a, b, c, d]);
}

#[test]
fn compressed_bodies_are_read() {
    let sink = start(SinkConfig::default());
    let body = format!("{}\n{}\n", event("u", 1), event("u", 2));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body.as_bytes()).unwrap();
    let zstd = zstd::encode_all(body.as_bytes(), 3).unwrap();
    assert_eq!(status(&sink, "Content-Encoding: gzip\r\n", gzip.finish().unwrap()), 200);
    assert_eq!(status(&sink, "Content-Encoding: zstd\r\n", zstd), 200);
    assert_eq!(status(&sink, "Content-Encoding: gzip\r\n", &body), 400);
    assert_eq!(status(&sink, "Content-Encoding: br\r\n", &body), 415);
    assert_eq!(sink.stop().unwrap().events_accepted, 4);
}

#[test]
fn cleartext_http2_is_spoken() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sink = start(SinkConfig::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (version, status) = runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
        let answer = client.post(sink.url()).body(event("u", 1)).send().await.unwrap();
        (answer.version(), answer.status())
    });
    assert_eq!((version, status.as_u16()), (reqwest::Version::HTTP_2, 200));
}

#[test]
fn the_output_holds_what_came() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let sink =
        start(SinkConfig { output: Some(path.clone()), stamp: true, ..SinkConfig::default() });
    let pretty = "{\n \"event_type\": \"a b\",\n \"user_id\": \"u\", \"session_id\": \"s\"\n}";
    assert_eq!(status(&sink, "", pretty), 200);
    sink.stop().unwrap();
    let written = lines(&path);
    let start = r#"{"event_type":"a b","user_id":"u","session_id":"s","received_id":""#;
    assert!(written.len() == 1 && written[0].starts_with(start), "{written:?}");
    serde_json::from_str::<serde_json::Value>(&written[0]).unwrap();
}

#[test]
fn two_clients_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let sink = start(SinkConfig { output: Some(path.clone()), ..SinkConfig::default() });
    thread::scope(|scope| {
        for user in ["a", "b"] {
            let sink = &sink;
            scope.spawn(move || {
                for number in 0..300 {
                    assert_eq!(status(sink, "", event(user, number)), 200);
                }
            });
        }
    });
    let stats = sink.stop().unwrap();
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
    let sink = start(SinkConfig { output, dedupe: true, ..SinkConfig::default() });
    for (headers, number) in
        [("", 5), ("", 5), ("", 4), ("Idempotency-Key: k\r\n", 6), ("Idempotency-Key: k\r\n", 7)]
    {
        assert_eq!(status(&sink, headers, event("u", number)), 200);
    }
    let stats = sink.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates, stats.order_violations), (3, 2, 1));
    assert_eq!(lines(&path), [5, 4, 6].map(|number| event("u", number)));
}

/// The outcome of each of 200 requests, in order: its status, or 0 for a reset.
fn outcomes(faults: &Faults) -> Vec<u16> {
    let sink = with_faults(faults.clone());
    let outcome = |number| post(&sink, "", event("u", number)).map_or(0, |answer| answer.status);
    (0..200).map(outcome).collect()
}

#[test]
fn a_seed_fixes_which_requests_fail() {
    let faults = Faults {
        seed: 3,
        fail: share(0.2),
        status: 500,
        reset_before: share(0.1),
        ..Faults::default()
    };
    let first = outcomes(&faults);
    assert_eq!(first, outcomes(&faults));
    assert_ne!(first, outcomes(&Faults { seed: 4, ..faults }));
    for expected in [0, 200, 500] {
        assert!(first.contains(&expected), "{expected}");
    }
}

#[test]
fn a_reset_before_accepts_nothing_and_one_after_accepts() {
    for (before, after, accepted) in [(1.0, 0.0, 0), (0.0, 1.0, 1)] {
        let sink = with_faults(Faults {
            reset_before: share(before),
            reset_after: share(after),
            ..Faults::default()
        });
        let error = post(&sink, "", event("u", 1)).err().expect("no answer");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let stats = sink.stop().unwrap();
        assert_eq!(stats.events_accepted, accepted);
        assert_eq!(stats.resets.before + stats.resets.after, 1);
        assert!(stats.answers.is_empty());
    }
}

#[test]
fn a_hanging_request_gets_no_answer_and_does_not_delay_the_stop() {
    let sink = with_faults(Faults { hang: share(1.0), ..Faults::default() });
    let addr = sink.addr();
    let client =
        thread::spawn(move || request(addr, "POST /api/events", "", event("u", 1).as_bytes()));
    while sink.stats().hangs == 0 {
        thread::yield_now();
    }
    assert!(!client.is_finished());
    let asked = Instant::now();
    let stats = sink.stop().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!((stats.hangs, stats.events_accepted), (1, 0));
    assert!(client.join().unwrap().is_err());
}

#[test]
fn latency_is_within_its_range_and_a_stop_waits_for_the_answer() {
    let latency = Some("200ms..300ms".parse().unwrap());
    let sink = with_faults(Faults { latency, ..Faults::default() });
    let addr = sink.addr();
    let begun = Instant::now();
    let client = thread::spawn(move || {
        let answer = request(addr, "POST /api/events", "", event("u", 1).as_bytes());
        (answer.unwrap().status, begun.elapsed())
    });
    while sink.stats().events_accepted == 0 {
        thread::yield_now();
    }
    sink.stop().unwrap();
    let (status, elapsed) = client.join().unwrap();
    assert_eq!(status, 200);
    assert!(elapsed >= Duration::from_millis(200), "{elapsed:?}");
}

#[test]
fn requests_beyond_the_rate_are_told_when_to_come_back() {
    let rate_limit = Some("1/min".parse().unwrap());
    let sink = with_faults(Faults { rate_limit, ..Faults::default() });
    assert_eq!(status(&sink, "", event("u", 1)), 200);
    let answer = post(&sink, "", event("u", 2)).unwrap();
    assert_eq!(answer.status, 429);
    let wait = answer.head.split("retry-after: ").nth(1).unwrap().split("\r\n").next().unwrap();
    assert!((55..=60).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert_eq!(sink.stop().unwrap().events_accepted, 1);
}

#[test]
fn while_down_connections_are_refused_and_the_open_ones_reset() {
    let down = vec!["300ms..600ms".parse().unwrap()];
    let sink = with_faults(Faults { down, ..Faults::default() });
    let mut open = TcpStream::connect(sink.addr()).unwrap();
    open.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let error = open.read(&mut [0]).expect_err("is reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let error = TcpStream::connect(sink.addr()).expect_err("is refused");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    let answer = loop {
        if let Ok(answer) = post(&sink, "", event("u", 1)) {
            break answer;
        }
        thread::yield_now();
    };
    assert_eq!(answer.status, 200);
    assert!(sink.stats().uptime_seconds >= 0.6);
}

#[test]
fn a_taken_port_and_a_missing_folder_are_explained() {
    let sink = start(SinkConfig::default());
    let config = SinkConfig { port: sink.addr().port(), ..SinkConfig::default() };
    let error = Sink::start(config).expect_err("is taken").to_string();
    assert!(error.contains("cannot listen on 127.0.0.1:"), "{error}");
    let output = Some("no/such/folder/out.jsonl".into());
    let error = Sink::start(SinkConfig { port: 0, output, ..SinkConfig::default() });
    assert!(error.expect_err("no folder").to_string().contains("no/such/folder/out.jsonl"));
}

/// `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_answered_507_and_reported() {
    let output = Some("/dev/full".into());
    let sink = start(SinkConfig { output, dedupe: true, ..SinkConfig::default() });
    for _ in 0..2 {
        assert_eq!(status(&sink, "", event("u", 1)), 507);
    }
    let stats = sink.stop().unwrap();
    assert_eq!((stats.events_accepted, stats.duplicates), (0, 0));
    assert!(stats.last_error.unwrap().contains("/dev/full"));
}
