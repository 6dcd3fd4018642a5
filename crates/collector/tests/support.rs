//! A client of plain sockets, and events for it to send.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use event_simulator::quantity::Share;
use event_simulator_collector::{Collector, CollectorConfig, FaultConfig};

pub(crate) const NDJSON: &str = "Content-Type: application/x-ndjson\r\n";

/// An answer, its head in lower case.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn start(config: CollectorConfig) -> Collector {
    Collector::start(CollectorConfig { port: 0, ..config }).unwrap()
}

pub(crate) fn with_faults(faults: FaultConfig) -> Collector {
    start(CollectorConfig { faults, ..CollectorConfig::default() })
}

pub(crate) fn share(value: f64) -> Share {
    Share::new(value).unwrap()
}

pub(crate) fn event(user: &str, number: u64) -> String {
    format!(
        r#"{{"event_id":"00000000-0000-7000-8000-{number:012x}","event_time":"2026-01-01T00:00:00.{:03}Z","event_type":"page_visited","user_id":"{user}","session_id":"s","page_path":"/","props":{{}}}}"#,
        number % 1_000
    )
}

/// Sends one request on a connection of its own. The error is a connection without an answer.
pub(crate) fn request(
    addr: SocketAddr,
    line: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: collector\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
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

pub(crate) fn post(
    collector: &Collector,
    headers: &str,
    body: impl AsRef<[u8]>,
) -> io::Result<Answer> {
    request(collector.addr(), "POST /api/events", headers, body.as_ref())
}

pub(crate) fn status(collector: &Collector, headers: &str, body: impl AsRef<[u8]>) -> u16 {
    post(collector, headers, body).unwrap().status
}

pub(crate) fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}
