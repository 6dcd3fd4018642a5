//! The collector as a process of its own, killed.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

fn event(number: u64) -> String {
    format!(
        r#"{{"event_id":"id-{number}","event_type":"page_visited","user_id":"u","session_id":"s"}}"#
    )
}

/// Posts one event on a connection of its own. The error is a connection without an answer.
fn post(addr: SocketAddr, event: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    let length = event.len();
    write!(
        stream,
        "POST /api/events HTTP/1.1\r\nHost: collector\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{event}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let is_accepted = answer.starts_with("HTTP/1.1 200");
    if is_accepted { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// What was answered 200 is in the file, whole, when the process is killed at any moment.
#[cfg(unix)]
#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let mut sink = Command::new(env!("CARGO_BIN_EXE_event-simulator"))
        .args(["sink", "--port", "0", "-o"])
        .arg(&path)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(sink.stderr.take().unwrap()).read_line(&mut greeting).unwrap();
    let addr = greeting.split("http://").nth(1).unwrap().split("/api").next().unwrap();
    let addr: SocketAddr = addr.parse().unwrap();
    let client = thread::spawn(move || {
        (0..u64::MAX).take_while(|&number| post(addr, &event(number)).is_ok()).count()
    });
    while !path.exists() || fs::metadata(&path).unwrap().len() < 50_000 {
        thread::yield_now();
    }
    sink.kill().unwrap();
    sink.wait().unwrap();
    let answered = client.join().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let written: Vec<&str> = text.lines().collect();
    let expected: Vec<_> = (0..written.len() as u64).map(|number| event(number)).collect();
    assert_eq!(written, expected);
    assert!(written.len() == answered || written.len() == answered + 1, "{answered} answered");
}
