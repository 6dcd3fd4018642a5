//! Rules of shipped policies.

use std::io::{Cursor, Read};

use event_simulator::scenario::policy::{PolicySpec, shipped};
use event_simulator_timeline::counted_under;
use serde_json::{Value, json};

/// The users of events that count under a shipped policy, in order of time.
fn users(policy: &str, sent: &[(&str, &str)]) -> Vec<String> {
    let yaml = shipped::find(policy).unwrap().yaml;
    let policy = PolicySpec::read(yaml.as_bytes(), "shipped").unwrap();
    let line = |(number, (user, device)): (usize, &(&str, &str))| {
        let time = format!("2026-03-10T10:00:{number:02}.000Z");
        let event = json!({
            "event_id": number.to_string(), "event_time": time, "sent_at": time, "received_at": time,
            "event_type": "tick", "user_id": user, "session_id": "s", "anonymous_id": device, "props": {},
        });
        format!("{event}\n")
    };
    let lines: String = sent.iter().enumerate().map(line).collect();
    let arrivals = Box::new(Cursor::new(lines.into_bytes()));
    let counted = counted_under(&policy, vec![("arrivals".to_owned(), arrivals)], 1 << 20);
    let mut text = String::new();
    counted.unwrap().into_lines().read_to_string(&mut text).unwrap();
    let user = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["user_id"].as_str().unwrap().to_owned()
    };
    text.lines().map(user).collect()
}

/// Ids by which nobody is identified are nobody's: what says them is of the device's person, and merges none.
#[test]
fn posthog_takes_the_ids_that_it_refuses_for_nobody() {
    for id in ["null", "undefined", "anonymous", "guest", "0", "[object Object]", "true", "NaN"] {
        let sent = [(id, "a"), ("a", "a"), ("ann", "a"), (id, "b"), ("b", "b")];
        assert_eq!(users("posthog", &sent), ["ann", "ann", "ann", "b", "b"], "{id}");
        // A policy that does not name it takes it for a person, whom it merges with all who have sent it.
        assert_eq!(users("snowplow", &sent), [id, id, "ann", id, id], "{id}");
    }
    assert_eq!(users("posthog", &[("nan", "a"), ("a", "a")]), ["nan", "nan"]);
}
