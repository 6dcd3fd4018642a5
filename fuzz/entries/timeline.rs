//! What must hold of the timeline reader whatever the file, for the fuzzer and the normal tests.

use std::io::Cursor;

use event_simulator_timeline::{Events, TimelineReader};

/// Reads `bytes` as a timeline. What can be read can be written and read again and is the same; what
/// cannot ends with one error.
pub(crate) fn run(bytes: &[u8]) {
    let read = |bytes: Vec<u8>| {
        TimelineReader::new("fuzz", Box::new(Cursor::new(bytes))).map(Events::from)
    };
    let Ok(events) = read(bytes.to_vec()) else { return };
    let mut good = Vec::new();
    let mut errors = 0;
    for event in events {
        match event {
            Ok(event) => good.push(event),
            Err(_) => errors += 1,
        }
    }
    assert!(errors <= 1);
    let lines: String = good
        .iter()
        .map(|event| serde_json::to_string(event).expect("every event can be written") + "\n")
        .collect();
    let again: Result<Vec<_>, _> =
        read(lines.into_bytes()).expect("what was written can be opened").collect();
    assert_eq!(again.expect("what was written can be read"), good);
}
