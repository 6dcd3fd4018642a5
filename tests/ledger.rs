//! What a ledger says: deliveries from the timeline, and the timeline from deliveries.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

pub(super) fn objects(lines: &[u8]) -> Vec<Map<String, Value>> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

pub(super) fn text<'o>(object: &'o Map<String, Value>, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Sets, or takes away, what a JSON Pointer points to.
fn set(body: &mut Value, at: &str, value: Option<&str>) {
    let (parent, name) = at.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => drop(parent.insert(name, serde_json::from_str(value).unwrap())),
        None => drop(parent.shift_remove(&name)),
    }
}

fn change(body: &mut Value, note: &Map<String, Value>) {
    for change in note.get("changes").and_then(Value::as_array).into_iter().flatten() {
        set(body, change["at"].as_str().unwrap(), change.get("is").and_then(Value::as_str));
    }
}

fn take_back(body: &mut Value, note: &Map<String, Value>) {
    for change in note.get("changes").and_then(Value::as_array).into_iter().flatten().rev() {
        set(body, change["at"].as_str().unwrap(), change.get("was").and_then(Value::as_str));
    }
}

/// What arrives: when, and as what.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arrived {
    Body(Value),
    Raw(Vec<u8>),
}

pub(super) fn arrived(envelope: &Map<String, Value>) -> Arrived {
    let raw = text(envelope, "raw");
    let hex = text(envelope, "raw_hex");
    if let Some(body) = envelope.get("body") {
        return Arrived::Body(body.clone());
    }
    let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes = (0..hex.len()).step_by(2).map(pair).collect();
    Arrived::Raw(if hex.is_empty() { raw.as_bytes().to_vec() } else { bytes })
}

/// The body that a damaged note says.
fn damaged(note: &Map<String, Value>) -> Arrived {
    let hex = text(note, "body_hex");
    let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(pair).collect();
    let bytes = if hex.is_empty() { text(note, "body").as_bytes().to_vec() } else { bytes };
    match serde_json::from_slice::<Map<String, Value>>(&bytes) {
        Ok(body) => Arrived::Body(Value::Object(body)),
        Err(_) => Arrived::Raw(bytes),
    }
}

pub(super) type ByDelivery = BTreeMap<(String, String), Arrived>;

/// From timeline and ledger the deliveries, by arrival and id.
pub(super) fn delivered(timeline: &[u8], ledger: &[u8]) -> ByDelivery {
    let mut notes: HashMap<String, Vec<Map<String, Value>>> = HashMap::new();
    for note in objects(ledger) {
        notes.entry(text(&note, "event_id").to_owned()).or_default().push(note);
    }
    let mut deliveries = ByDelivery::new();
    for event in objects(timeline) {
        let id = text(&event, "event_id").to_owned();
        let mut times =
            (text(&event, "event_time").to_owned(), text(&event, "event_time").to_owned());
        let mut body = Value::Object(event);
        let (mut raw, mut is_lost, mut copies) = (None, false, Vec::new());
        for note in notes.remove(&id).unwrap_or_default() {
            let own = (text(&note, "sent_at").to_owned(), text(&note, "received_at").to_owned());
            match text(&note, "effect") {
                "lost" => is_lost = true,
                "copied" => {
                    let mut copy = body.clone();
                    change(&mut copy, &note);
                    copy["sent_at"] = own.0.into();
                    copies.push((
                        own.1,
                        format!("{id}-{:02}", note["copy"].as_u64().unwrap()),
                        copy,
                    ));
                }
                "added" => panic!("an addition has an id of its own"),
                effect => {
                    change(&mut body, &note);
                    times = own;
                    raw = (effect == "damaged").then(|| damaged(&note)).or(raw);
                }
            }
        }
        if !is_lost {
            body["sent_at"] = times.0.into();
            let arrived = raw.unwrap_or(Arrived::Body(body));
            deliveries.insert((times.1, format!("{id}-00")), arrived);
        }
        for (at, id, copy) in copies {
            deliveries.insert((at, id), Arrived::Body(copy));
        }
    }
    for (id, notes) in notes {
        for note in notes {
            assert_eq!(text(&note, "effect"), "added");
            let mut body: Value = serde_json::from_str(text(&note, "event")).unwrap();
            change(&mut body, &note);
            body["sent_at"] = note["sent_at"].clone();
            let at = text(&note, "received_at").to_owned();
            deliveries.insert((at, format!("{id}-00")), Arrived::Body(body));
        }
    }
    deliveries
}

/// From deliveries and ledger the timeline, by id.
pub(super) fn happened(envelopes: &[u8], ledger: &[u8]) -> BTreeMap<String, Value> {
    let mut events: BTreeMap<String, Value> = BTreeMap::new();
    for envelope in objects(envelopes) {
        if let Some(id) = text(&envelope, "delivery_id").strip_suffix("-00") {
            let mut body = envelope.get("body").cloned().unwrap_or_default();
            if let Some(body) = body.as_object_mut() {
                body.shift_remove("sent_at");
            }
            events.insert(id.to_owned(), body);
        }
    }
    for note in objects(ledger).iter().rev() {
        let id = text(note, "event_id");
        let event = || serde_json::from_str(text(note, "event")).unwrap();
        match text(note, "effect") {
            "lost" | "damaged" => drop(events.insert(id.to_owned(), event())),
            "added" => drop(events.remove(id)),
            "copied" => {}
            _ => take_back(events.get_mut(id).unwrap(), note),
        }
    }
    events
}
