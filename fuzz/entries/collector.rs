//! What must hold of the collector whatever is sent to it, for the fuzzer and the normal tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;

use event_simulator_collector::{Collector, CollectorConfig};
use serde_json::Value;

/// The heads with which bodies come; with the last, as a compressed body.
const HEADS: [&str; 4] = [
    "Content-Type: application/json\r\n",
    "Content-Type: application/x-ndjson\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: zstd\r\n",
];

/// Sends `bytes` as bodies of every kind to a collector. Each is answered in JSON, and what is accepted are
/// events that keep the contract, all of them counted.
pub(crate) fn run(bytes: &[u8]) {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    let collector = COLLECTOR.get_or_init(|| {
        Collector::start(CollectorConfig { port: 0, ..CollectorConfig::default() })
            .expect("a collector")
    });
    let mut stream =
        BufReader::new(TcpStream::connect(collector.addr()).expect("it takes connections"));
    for head in HEADS {
        let (status, answer) = post(&mut stream, head, bytes);
        assert!(matches!(status, 200 | 400 | 413 | 422), "{status} {answer}");
        if status == 200 && head.starts_with("Content-Type") {
            let events = events(bytes, head.contains("ndjson"));
            let accepted = answer.get("accepted").map_or(Some(1), Value::as_u64);
            assert_eq!(events.map(|count| count as u64), accepted, "{answer}");
        }
    }
}

/// The number of events in a body, all of which keep the contract.
fn events(body: &[u8], is_ndjson: bool) -> Option<usize> {
    let text = std::str::from_utf8(body).ok()?;
    let lines = || -> Option<Vec<Value>> {
        let lines = text.split('\n').map(str::trim_ascii).filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).ok()).collect()
    };
    let events = match serde_json::from_str(text) {
        _ if is_ndjson => lines()?,
        Ok(Value::Array(events)) => events,
        Ok(event) => vec![event],
        Err(_) => lines()?,
    };
    let keeps_contract = |event: &Value| {
        ["event_type", "user_id", "session_id"].iter().all(|name| event[*name].is_string())
    };
    events.iter().all(keeps_contract).then_some(events.len())
}

/// The status and the body of the answer to one request.
fn post(stream: &mut BufReader<TcpStream>, head: &str, body: &[u8]) -> (u16, Value) {
    let length = body.len();
    let request = format!(
        "POST /api/events HTTP/1.1\r\nHost: collector\r\n{head}Content-Length: {length}\r\n\r\n"
    );
    let request = [request.as_bytes(), body].concat();
    stream.get_mut().write_all(&request).expect("the collector reads");
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("the collector answers");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(rest) = line.strip_prefix("http/1.1 ") {
            status = rest[..3].parse().expect("a status");
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).expect("a whole answer");
    (status, serde_json::from_slice(&answer).expect("the answer is JSON"))
}
