//! Deliveries that are no events, sent in the wire formats of others.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use event_simulator::wire::{FORMATS, KeyPlace};
use event_simulator_collector::CollectorConfig;
use event_simulator_replay::SentFormat;

use super::support::{Stage, assert_complete, replay_file, timeline};

/// Bodies of no event, as a delivery has them and as they are sent: cut off, over lines, no text, and an object that lacks a field.
const RAW: [(&str, &[u8]); 4] = [
    (r#""raw":"{\"event_id\":\"cut""#, br#"{"event_id":"cut"#),
    (r#""raw":"<html>\n<body>\u0000""#, b"<html>\n<body>\0"),
    (r#""raw_hex":"7bff0a""#, b"{\xff\n"),
    (r#""body":{"event_type": "page_visited"}"#, br#"{"event_type": "page_visited"}"#),
];

/// Each fifth delivery is no event.
fn deliveries(events: u64) -> String {
    let mut text = String::new();
    let mut raw = RAW.iter().cycle();
    for (number, event) in timeline(events).lines().enumerate() {
        let head = |id: &str| {
            format!(
                r#"{{"received_at":"2026-01-01T00:00:00.{number:03}Z","delivery_id":"{id}-00","user_id":"u{}","#,
                number % 7
            )
        };
        writeln!(text, "{}\"body\":{event}}}", head(&format!("{number:04}"))).unwrap();
        if number % 5 == 0 {
            let (body, _) = raw.next().unwrap();
            writeln!(text, "{}{body}}}", head(&format!("{number:04}-raw"))).unwrap();
        }
    }
    text
}

/// A target that takes what is JSON and refuses all else, and keeps the bodies. Gives its URL.
fn target(bodies: &Arc<Mutex<Vec<Vec<u8>>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bodies = Arc::clone(bodies);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, bodies) = (stream.unwrap(), Arc::clone(&bodies));
            std::thread::spawn(move || answer(&stream, &bodies));
        }
    });
    url
}

fn answer(mut stream: &TcpStream, bodies: &Mutex<Vec<Vec<u8>>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let is_json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
        let status = if is_json { "200 OK" } else { "400 Bad Request" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}").unwrap();
        bodies.lock().unwrap().push(body);
    }
}

/// Bodies that are no events arrive alone and byte for byte, in every format, and take no event with them.
#[test]
fn what_is_no_event_is_sent_as_it_arrives_in_any_format() {
    const EVENTS: u64 = 60;
    for format in FORMATS {
        let stage = Stage::new(0, CollectorConfig::default());
        let path = stage.path("deliveries.jsonl");
        fs::write(&path, deliveries(EVENTS)).unwrap();
        let bodies = Arc::default();
        let mut config = stage.config();
        config.target.url = target(&bodies).parse().unwrap();
        config.target.format.format = SentFormat::Wire(format);
        if format.key_place != KeyPlace::Nowhere {
            config.target.format.api_key = Some("key".parse().unwrap());
        }
        let summary = replay_file(&path, config);
        assert_complete(&summary);
        let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let bodies = bodies.lock().unwrap();
        bodies.iter().for_each(|body| *counts.entry(body.clone()).or_default() += 1);
        for (_, raw) in RAW {
            let name = format.name;
            assert_eq!(counts.get(raw), Some(&3), "{name}: {}", raw.escape_ascii());
        }
        let framed = bodies.iter().filter(|body| RAW.iter().all(|(_, raw)| *raw != **body));
        assert!(format.limits.batch_events == 1 || framed.count() < 40, "{}", format.name);
        // What the target refuses is a dead letter.
        let refused = 9;
        let metrics = &summary.metrics;
        assert_eq!((metrics.dead_letters, metrics.bad_lines), (refused, 0), "{}", format.name);
        assert_eq!(metrics.delivered, EVENTS + 12 - refused, "{}", format.name);
    }
}
