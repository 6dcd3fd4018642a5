//! The fields in which one event differs from another.

use serde_json::{Map, Value};

use event_simulator::event::{Field, FieldKind};
use event_simulator::wire::scan;

use super::matching::Matching;
use super::raw_event::{RawEvent, time_of_value};

/// A field with another value than it was sent with. Values are JSON texts, empty if there is none.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// The field: `page_path`, `props.step`, ...
    pub field: String,
    /// As it was sent.
    pub sent: String,
    /// As it was received.
    pub received: String,
}

impl FieldChange {
    fn new(field: &str, sent: Option<&[u8]>, received: Option<&[u8]>) -> Self {
        let shown = |raw: Option<&[u8]>| String::from_utf8_lossy(raw.unwrap_or(b"")).into();
        Self { field: field.to_owned(), sent: shown(sent), received: shown(received) }
    }
}

/// The fields in which `received` differs from `sent`. What did not survive as a whole (ids, times that
/// the target replaces) is not compared.
pub(super) fn changes(sent: &[u8], received: &[u8], matching: Matching) -> Vec<FieldChange> {
    if sent == received {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let (ours, theirs) = (RawEvent::of_event(sent), RawEvent::of_event(received));
    for field in Field::ALL {
        let is_replaced = field == Field::EventId && !matching.ids_survive
            || field == Field::EventTime && !matching.times_survive;
        if is_replaced {
            continue;
        }
        match (field.kind(), ours.get(field), theirs.get(field)) {
            (_, ours, theirs) if ours == theirs => {}
            (FieldKind::Json, ours, theirs) => props_changes(ours, theirs, &mut changes),
            (FieldKind::Time, Some(a), Some(b)) if is_same_time(a, b) => {}
            (_, Some(a), Some(b)) if scan::text(a).is_ok() && scan::text(a) == scan::text(b) => {}
            (_, ours, theirs) => changes.push(FieldChange::new(field.name(), ours, theirs)),
        }
    }
    changes
}

fn is_same_time(a: &[u8], b: &[u8]) -> bool {
    time_of_value(a).is_some_and(|time| time_of_value(b) == Some(time))
}

fn props_changes(sent: Option<&[u8]>, received: Option<&[u8]>, changes: &mut Vec<FieldChange>) {
    let object = |raw: Option<&[u8]>| match raw {
        Some(raw) => serde_json::from_slice::<Map<String, Value>>(raw).ok(),
        None => Some(Map::new()),
    };
    let (Some(ours), Some(theirs)) = (object(sent), object(received)) else {
        changes.push(FieldChange::new(Field::Props.name(), sent, received));
        return;
    };
    for (key, value) in &ours {
        if theirs.get(key).unwrap_or(&Value::Null) != value {
            changes.push(props_change(key, Some(value), theirs.get(key)));
        }
    }
    // A target that gives events ids and times of its own may keep the originals here.
    let is_kept = |key: &str| key == Field::EventId.name() || key == Field::EventTime.name();
    let is_added = |key: &str| !ours.contains_key(key) && !is_kept(key);
    // A null is what a database writes for a key that some other event has.
    for (key, value) in theirs.iter().filter(|(key, value)| is_added(key) && !value.is_null()) {
        changes.push(props_change(key, None, Some(value)));
    }
}

fn props_change(key: &str, sent: Option<&Value>, received: Option<&Value>) -> FieldChange {
    let text = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
    FieldChange { field: format!("props.{key}"), sent: text(sent), received: text(received) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::MatchKey;

    const SENT: &str = r#"{"event_id":"1","event_time":"2026-01-01T00:00:00.120Z","event_type":"a","user_id":"u","session_id":"s","props":{"step":2}}"#;

    const BY_ID: Matching =
        Matching { key: MatchKey::EventId, ids_survive: true, times_survive: true };

    fn changed(from: &str, to: &str) -> Vec<String> {
        let received = SENT.replace(from, to);
        assert_ne!(received, SENT);
        let changes = changes(SENT.as_bytes(), received.as_bytes(), BY_ID);
        changes.into_iter().map(|c| format!("{}: {} -> {}", c.field, c.sent, c.received)).collect()
    }

    #[test]
    fn what_means_the_same_is_not_a_change() {
        for (from, to) in [
            ("{\"event_id\"", "{ \"event_id\""),
            ("\"session_id\":\"s\"", "\"session_id\":\"\\u0073\",\"page_path\":null,\"x\":1"),
            ("2026-01-01T00:00:00.120Z", "2026-01-01 00:00:00.12+00"),
            ("\"step\":2", "\"step\": 2, \"event_id\": \"1\""),
            ("\"step\":2", "\"step\":2,\"href\":null"),
        ] {
            assert_eq!(changed(from, to), Vec::<String>::new(), "{to}");
        }
    }

    #[test]
    fn texts_that_are_no_times_are_compared_as_texts() {
        let line = |time: &str| SENT.replace("2026-01-01T00:00:00.120Z", time);
        assert_eq!(changes(line("soon").as_bytes(), line("later").as_bytes(), BY_ID).len(), 1);
    }

    #[test]
    fn every_field_is_compared() {
        for (from, to, message) in [
            ("\"u\"", "\"v\"", "user_id: \"u\" -> \"v\""),
            ("\"u\"", "7", "user_id: \"u\" -> 7"),
            ("\"1\"", "null", "event_id: \"1\" -> "),
            (
                ".120Z",
                ".119Z",
                "event_time: \"2026-01-01T00:00:00.120Z\" -> \"2026-01-01T00:00:00.119Z\"",
            ),
            ("\"step\":2", "\"step\":2.0", "props.step: 2 -> 2.0"),
            ("\"step\":2", "\"step\":2,\"y\":1", "props.y:  -> 1"),
            ("{\"step\":2}", "\"{}\"", "props: {\"step\":2} -> \"{}\""),
        ] {
            assert_eq!(changed(from, to), [message], "{to}");
        }
    }
}
