//! How one event differs from another.

use serde_json::{Map, Value};

use crate::event::Field;
use crate::time::{VirtualTime, WrittenTime};
use crate::timeline::scan;

use super::identity::Identity;

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
        let shown = |raw: Option<&[u8]>| String::from_utf8_lossy(raw.unwrap_or_default()).into();
        Self { field: field.to_owned(), sent: shown(sent), received: shown(received) }
    }
}

/// The raw values of an event's fields, in the order of [`Field::NAMES`]; null is none.
pub(super) fn raw_fields(line: &[u8]) -> [Option<&[u8]>; 8] {
    let values = scan::members(line, Field::NAMES).unwrap_or_default();
    values.map(|value| value.filter(|raw| *raw != b"null"))
}

/// The event's time, if it has one that can be read.
pub(crate) fn time_of(line: &[u8]) -> Option<VirtualTime> {
    let [raw] = scan::members(line, ["event_time"]).ok()?;
    time_value(raw?)
}

pub(super) fn time_value(raw: &[u8]) -> Option<VirtualTime> {
    scan::time(raw).ok().or_else(|| Some(WrittenTime::of_text(&scan::text(raw).ok()?)?.time))
}

/// The fields in which `received` differs from `sent`. What did not survive as a whole (ids, times that
/// the target replaces) is not compared.
pub(super) fn changes(sent: &[u8], received: &[u8], identity: Identity) -> Vec<FieldChange> {
    if sent == received {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let (ours, theirs) = (raw_fields(sent), raw_fields(received));
    for ((&field, ours), theirs) in Field::NAMES.iter().zip(ours).zip(theirs) {
        let is_replaced = field == "event_id" && !identity.ids_survive
            || field == "event_time" && !identity.times_survive;
        if is_replaced || ours == theirs {
            continue;
        }
        match (field, ours, theirs) {
            ("props", ours, theirs) => props_changes(ours, theirs, &mut changes),
            ("event_time", Some(ours), Some(theirs)) if time_value(ours) == time_value(theirs) => {}
            (_, Some(a), Some(b)) if scan::text(a).is_ok() && scan::text(a) == scan::text(b) => {}
            (_, ours, theirs) => changes.push(FieldChange::new(field, ours, theirs)),
        }
    }
    changes
}

fn props_changes(sent: Option<&[u8]>, received: Option<&[u8]>, changes: &mut Vec<FieldChange>) {
    let empty = Some(Map::new());
    let object = |raw: Option<&[u8]>| match raw {
        Some(raw) => serde_json::from_slice::<Map<String, Value>>(raw).ok(),
        None => empty.clone(),
    };
    let (Some(ours), Some(theirs)) = (object(sent), object(received)) else {
        changes.push(FieldChange::new("props", sent, received));
        return;
    };
    for (key, value) in &ours {
        if theirs.get(key).unwrap_or(&Value::Null) != value {
            changes.push(props_change(key, Some(value), theirs.get(key)));
        }
    }
    // A target that gives events ids and times of its own may keep the originals here.
    let is_added = |key: &str| !ours.contains_key(key) && !matches!(key, "event_id" | "event_time");
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
    use crate::comparison::Matching;

    const SENT: &str = r#"{"event_id":"1","event_time":"2026-01-01T00:00:00.120Z","event_type":"a","user_id":"u","session_id":"s","props":{"step":2}}"#;

    fn changed(from: &str, to: &str) -> Vec<String> {
        let identity =
            Identity { matching: Matching::EventId, ids_survive: true, times_survive: true };
        let received = SENT.replace(from, to);
        assert_ne!(received, SENT);
        let changes = changes(SENT.as_bytes(), received.as_bytes(), identity);
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
