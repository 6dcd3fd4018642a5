//! Maps of fields: what one writes it reads back.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use event_simulator::wire::FieldMap;

/// Maps that name every field, or leave those that they do not name where they were.
const WHOLE: [&[&str]; 4] = [
    &["* = *"],
    &["id = event_id", "* = *", "data.* = props"],
    &["at = event_time", "who.id = user_id", "p = props", "rest.* = *"],
    &["a.b.c = session_id", "* = *", "owner.attributes.* = user"],
];

fn map(lines: &[&str]) -> FieldMap {
    let mut map = FieldMap::default();
    for line in lines {
        map.add(line.parse().unwrap()).unwrap();
    }
    map
}

proptest! {
    #[test]
    fn any_event_comes_back(
        own in prop::collection::btree_map("own_\\PC{0,4}", any::<i64>(), 0..3),
        props in prop::collection::btree_map("\\PC{0,5}|[\u{0}-\u{1f}\"\\\\.*]{1,3}", ".{0,5}", 0..4),
        lines in prop::sample::select(&WHOLE[..]),
    ) {
        let props: Map<String, Value> =
            props.into_iter().map(|(name, value)| (name, value.into())).collect();
        let has_props = !props.is_empty();
        let mut event = json!({
            "event_id": "1", "event_time": "2026-01-01T00:00:00.000Z", "event_type": "a",
            "user_id": "u", "session_id": "s", "props": props, "user": { "plan": "pro" },
        });
        for (name, value) in own {
            event[name] = value.into();
        }
        let mut text = Vec::new();
        map(lines).encode(event.to_string().as_bytes(), &mut text).unwrap();
        let line = map(lines).decode(&text).unwrap();
        let mut found: Value = serde_json::from_slice(&line).unwrap();
        // Of an object without members its place says nothing.
        if !has_props && found.get("props").is_none() {
            found["props"] = json!({});
        }
        prop_assert_eq!(found, event);
    }
}
