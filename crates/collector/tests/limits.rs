//! The limits of a request: its size, the time it may take, and what it may cost.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use event_simulator::quantity::ByteSize;
use event_simulator_collector::{Collector, CollectorConfig};

use super::support::{NDJSON, event, post, start, status};

#[test]
fn bodies_have_limits() {
    let config = CollectorConfig {
        max_event: ByteSize::bytes(300),
        max_body: ByteSize::bytes(2_000),
        ..CollectorConfig::default()
    };
    let collector = start(config);
    let large = event("u", 1).replace('/', &"x".repeat(400));
    assert_eq!(status(&collector, "", event("u", 1)), 200);
    assert_eq!(status(&collector, "", &large), 413);
    assert_eq!(status(&collector, NDJSON, format!("{}\n", event("u", 2)).repeat(5)), 200);
    assert_eq!(status(&collector, NDJSON, format!("{}\n", event("u", 3)).repeat(12)), 413);
    let bomb = zstd::encode_all(&vec![b' '; 50_000_000][..], 3).unwrap();
    assert!(bomb.len() < 2_000 * 10);
    assert_eq!(status(&collector, "Content-Encoding: zstd\r\n", bomb), 413);
    let only_said = b"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n{";
    let mut stream = TcpStream::connect(collector.addr()).unwrap();
    stream.write_all(only_said).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn the_size_of_an_event_comes_before_the_contract() {
    let collector = start(CollectorConfig::default());
    let long = "x".repeat((1 << 20) + 1);
    for body in [format!("{{\"a\":\"{long}\"}}"), format!("{{}}\n{{\"{long}\n"), long] {
        let answer = post(&collector, "", &body).unwrap();
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
}

#[test]
fn an_answer_does_not_echo_megabytes() {
    let collector = start(CollectorConfig::default());
    let wrong = format!("{{\"a\":\"{}\"}}\n", "é\\\"".repeat(100_000));
    let answer = post(&collector, NDJSON, wrong.repeat(50)).unwrap();
    assert_eq!(answer.status, 422);
    assert!(answer.body.len() < 400_000, "{} bytes", answer.body.len());
    let refused: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(refused["detail"].as_array().unwrap().len(), 100);
    let encoding = format!("Content-Encoding: {}\r\n", "x".repeat(50_000));
    let answer = post(&collector, &encoding, "").unwrap();
    assert_eq!((answer.status, answer.body.len() < 300), (415, true));
}

const PATIENCE: Duration = Duration::from_millis(200);

fn impatient() -> Collector {
    start(CollectorConfig { read_timeout: PATIENCE, ..CollectorConfig::default() })
}

/// All that the collector says to a client that sends `pieces`, and then nothing more.
fn conversation(collector: &Collector, pieces: &[&[u8]], pause: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect(collector.addr())?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    for piece in pieces {
        stream.write_all(piece)?;
        thread::sleep(pause);
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[test]
fn a_client_that_does_not_go_on_is_not_waited_for() {
    let collector = impatient();
    let silent: &[&[u8]] = &[];
    let half_a_preface: &[&[u8]] = &[b"PRI * HT"];
    let half_a_head: &[&[u8]] = &[b"POST /api/events HTTP/1.1\r\nHo"];
    for pieces in [silent, half_a_preface, half_a_head] {
        let asked = Instant::now();
        assert_eq!(conversation(&collector, pieces, Duration::ZERO).unwrap(), "");
        assert!(asked.elapsed() >= PATIENCE && asked.elapsed() < Duration::from_secs(10));
    }
    let half_a_body = b"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{";
    let answer = conversation(&collector, &[half_a_body], Duration::ZERO).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let and_then_nothing = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = conversation(&collector, &[and_then_nothing], Duration::ZERO).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(status(&collector, "", event("u", 1)), 200);
}

/// A head drop by drop is ended; a body may take as long as it goes on.
#[test]
fn a_slow_head_is_cut_off_and_a_slow_body_is_read() {
    let collector = impatient();
    let drops: Vec<&[u8]> = vec![b"X"; 30];
    let pause = PATIENCE / 10;
    let outcome = conversation(&collector, &drops, pause);
    assert!(outcome.as_ref().map_or(true, String::is_empty), "{outcome:?}");
    let event = event("u", 1);
    let length = event.len();
    let head = format!("POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    let pieces: Vec<&[u8]> =
        [head.as_bytes()].into_iter().chain(event.as_bytes().chunks(length / 20)).collect();
    let asked = Instant::now();
    let answer = conversation(&collector, &pieces, pause).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(asked.elapsed() > 2 * PATIENCE);
}
