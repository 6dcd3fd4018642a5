//! What must hold of the scanner of lines, against a full JSON parser, for the fuzzer and the normal tests.

use event_simulator::event::{Event, Field};
use event_simulator::wire::{EventFields, scan};
use serde_json::{Map, Value};

/// Scans `bytes` as a line. Where they are a JSON object the scanner finds what the parser finds; where the
/// line is an event, it is the event that the parser reads.
pub(crate) fn run(bytes: &[u8]) {
    let found = scan::members(bytes, Field::NAMES);
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(bytes) else {
        let _ = EventFields::of_line(bytes);
        return;
    };
    if let Err(scan::ScanError::Duplicate { .. }) = found {
        return;
    }
    for (name, raw) in Field::NAMES.iter().zip(found.expect("an object is scanned")) {
        let value: Option<Value> =
            raw.map(|raw| serde_json::from_slice(raw).expect("a member is a value"));
        assert_eq!(value.as_ref(), object.get(*name), "{name}");
        if let (Some(Value::String(text)), Some(raw)) = (&value, raw) {
            assert_eq!(scan::text(raw).as_deref(), Ok(text.as_str()));
        }
    }
    let parsed = serde_json::from_slice::<Event>(bytes);
    if let (Ok(fields), Ok(parsed)) = (EventFields::of_line(bytes), parsed)
        && let Ok(event) = fields.to_event()
    {
        assert_eq!(event, parsed);
    }
}
