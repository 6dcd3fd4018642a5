//! Connections: which are used again, and which answers are heard by them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use event_simulator_collector::CollectorConfig;

use super::scripted_target::{OK, replay, say, target};
use super::support::{Stage, assert_complete};

/// With so many requests at a time, no more connections are opened than that, whatever the number of events.
#[test]
fn a_connection_is_used_again() {
    const AT_A_TIME: usize = 4;
    let connections = Arc::new(Mutex::new(std::collections::HashSet::new()));
    let seen = Arc::clone(&connections);
    let url = target(move |_, _, stream| {
        seen.lock().unwrap().insert(stream.peer_addr().unwrap());
        say(stream, OK)
    });
    let stage = Stage::new(500, CollectorConfig::default());
    let summary = replay(&stage, &url, |config| {
        config.ordering.max_in_flight = NonZeroUsize::new(AT_A_TIME);
    });
    assert_complete(&summary);
    let connections = connections.lock().unwrap().len();
    assert!((1..=AT_A_TIME).contains(&connections), "{connections} connections for 500 events");
}

/// Whatever way an answer ends in, each event is sent once; a connection is kept where the answer lets it be.
#[test]
fn answers_of_every_form_are_read_to_their_end() {
    const CHUNKS: &str =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    const HINTS: &str =
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    for (answer, is_kept) in [
        (OK, true),
        (CHUNKS, true),
        (HINTS, true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", false),
        ("HTTP/1.1 200 OK\r\n\r\nto the end of the connection", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", false),
    ] {
        let told = Arc::new(Mutex::new((0, Vec::new())));
        let heard = Arc::clone(&told);
        let url = target(move |head, body, stream| {
            let mut told = heard.lock().unwrap();
            let peer = stream.peer_addr().unwrap();
            if !told.1.contains(&peer) {
                told.1.push(peer);
            }
            let host = format!("host: {}\r\n", stream.local_addr().unwrap());
            assert!(
                head.starts_with("POST /events HTTP/1.1\r\n") && head.contains(&host),
                "{head}"
            );
            told.0 += body.matches("event_id").count();
            drop(told);
            say(stream, answer) && is_kept
        });
        let stage = Stage::new(20, CollectorConfig::default());
        let summary = replay(&stage, &url, |config| {
            config.ordering.max_in_flight = NonZeroUsize::new(1);
        });
        assert_complete(&summary);
        let (taken, peers) = &*told.lock().unwrap();
        let connections = if is_kept { 1 } else { 20 };
        assert_eq!(
            (*taken, summary.metrics.retries, peers.len()),
            (20, 0, connections),
            "{answer}"
        );
    }
}

/// A target may close a connection behind an answer without having said so, as one does that is idle for long: what
/// was to go by it goes by another.
#[test]
fn a_connection_that_was_closed_meanwhile_is_replaced() {
    let taken = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&taken);
    let url = target(move |_, body, stream| {
        *counted.lock().unwrap() += body.matches("event_id").count();
        say(stream, OK);
        false
    });
    let stage = Stage::new(20, CollectorConfig::default());
    let summary = replay(&stage, &url, |config| {
        config.ordering.max_in_flight = NonZeroUsize::new(1);
    });
    assert_complete(&summary);
    assert_eq!((*taken.lock().unwrap(), summary.metrics.dead_letters), (20, 0));
}

/// A target may refuse a request that is too large by its head alone, and close without having read the rest.
#[test]
fn a_refusal_before_the_whole_request_was_taken_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            say(&mut stream, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!");
            // The client has to stop by itself: nobody takes the rest.
            let mut rest = Vec::new();
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = std::io::Read::read_to_end(&mut std::io::Read::take(&mut stream, 1), &mut rest);
        }
    });
    let stage = Stage::new(1, CollectorConfig::default());
    let event = std::fs::read_to_string(stage.timeline()).unwrap();
    let large = event
        .replace("\"props\":{}", &format!("\"props\":{{\"a\":\"{}\"}}", "x".repeat(12_000_000)));
    std::fs::write(stage.timeline(), large).unwrap();
    let summary = replay(&stage, &url, |_| ());
    assert_complete(&summary);
    assert_eq!((summary.metrics.retries, summary.metrics.statuses.get(&413)), (0, Some(&1)));
}

/// What a target says unasked, as `408` to a connection that is idle, is no answer to the next request.
#[test]
fn what_is_said_unasked_answers_nothing() {
    let taken = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&taken);
    let url = target(move |_, body, stream| {
        *counted.lock().unwrap() += body.matches("event_id").count();
        say(stream, &format!("{OK}HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"))
    });
    let stage = Stage::new(20, CollectorConfig::default());
    let summary = replay(&stage, &url, |config| {
        config.ordering.max_in_flight = NonZeroUsize::new(1);
    });
    assert_complete(&summary);
    assert_eq!((*taken.lock().unwrap(), summary.metrics.statuses.get(&408)), (20, None));
}
