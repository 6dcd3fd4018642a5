//! Events in the forms that others give them: wrapped, or with their keys in another spelling.

use std::borrow::Cow;

use event_simulator::event::Field;
use event_simulator::wire::scan;

use super::not_an_event::NotAnEvent;
use super::raw_event::RawEvent;

/// The members in which an event may be wrapped, as by a Kafka consumer or by change data capture.
const WRAPPERS: [&str; 12] = [
    "after",
    "value",
    "event",
    "payload",
    "message",
    "data",
    "body",
    "record",
    "record_content",
    "detail",
    "_source",
    "fulldocument",
];

/// Wrappers within wrappers that are looked into.
const MOST_WRAPPERS: usize = 4;

/// The event in a line.
///
/// # Errors
///
/// What the line is if it is no event.
pub(super) fn event_in(line: &[u8]) -> Result<Cow<'_, [u8]>, NotAnEvent> {
    let event = RawEvent::read(line).map_err(|error| NotAnEvent::of_no_object(line, &error))?;
    if event.get(Field::EventType).is_some() {
        return Ok(Cow::Borrowed(line));
    }
    if let Some(inner) = wrapped(line, MOST_WRAPPERS) {
        return Ok(inner);
    }
    if event.is_identified() {
        return Ok(Cow::Borrowed(line));
    }
    respelled(line).map(Cow::Owned).ok_or_else(|| NotAnEvent::of_object(line))
}

/// The event in a member of a line that has no event's type.
fn wrapped(line: &[u8], depth: usize) -> Option<Cow<'_, [u8]>> {
    let depth = depth.checked_sub(1)?;
    let mut members = [None; WRAPPERS.len()];
    scan::each_member(line, |key, value| {
        let key = key.to_ascii_lowercase();
        if let Some(index) = WRAPPERS.iter().position(|name| name.as_bytes() == key) {
            members[index] = Some(value);
        }
        Ok(())
    })
    .ok()?;
    members.into_iter().flatten().find_map(|value| match value {
        [b'{', ..] => event_of_object(value, depth),
        [b'"', ..] => {
            let text = scan::text(value).ok()?;
            let object = text.trim_start().as_bytes();
            let event = event_of_object(Some(object).filter(|o| o.starts_with(b"{"))?, depth)?;
            Some(Cow::Owned(event.into_owned()))
        }
        _ => None,
    })
}

fn event_of_object(object: &[u8], depth: usize) -> Option<Cow<'_, [u8]>> {
    let event = RawEvent::read(object).ok()?;
    if event.get(Field::EventType).is_some() {
        return Some(Cow::Borrowed(object));
    }
    let inner = wrapped(object, depth);
    inner
        .or_else(|| event.is_identified().then_some(Cow::Borrowed(object)))
        .or_else(|| respelled(object).map(Cow::Owned))
}

/// The event with its fields in our spelling, if it has them as `EVENT_ID`, `eventId` or `event-id`.
fn respelled(line: &[u8]) -> Option<Vec<u8>> {
    let mut event = Vec::with_capacity(line.len() + 16);
    scan::each_member(line, |key, value| {
        event.push(if event.is_empty() { b'{' } else { b',' });
        let key = our_spelling(&String::from_utf8_lossy(&key));
        event.extend_from_slice(serde_json::Value::from(key).to_string().as_bytes());
        event.push(b':');
        event.extend_from_slice(value);
        Ok(())
    })
    .ok()?;
    event.push(b'}');
    let fields = RawEvent::read(&event).ok()?;
    // Others have a `userId` too.
    let is_event = [Field::EventType, Field::EventId].iter().any(|f| fields.get(*f).is_some());
    is_event.then_some(event)
}

/// A key in lower case with underscores.
pub(super) fn our_spelling(key: &str) -> String {
    let letters = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let plain = letters(key);
    if let Some(known) = Field::NAMES.into_iter().find(|name| letters(name) == plain) {
        return known.to_owned();
    }
    if !key.chars().any(char::is_lowercase) {
        return key.to_lowercase();
    }
    let mut spelled = String::with_capacity(key.len() + 2);
    for character in key.chars() {
        if character.is_uppercase() && !spelled.is_empty() && !spelled.ends_with('_') {
            spelled.push('_');
        }
        spelled.extend(character.to_lowercase());
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"event_type":"a","user_id":"u"}"#;

    fn event(line: &str) -> String {
        String::from_utf8(event_in(line.as_bytes()).unwrap().into_owned()).unwrap()
    }

    #[test]
    fn wrapped_events_are_unwrapped() {
        let quoted = serde_json::to_string(EVENT).unwrap();
        for wrapper in [
            "X",
            r#"{"offset":1,"value":X}"#,
            r#"{"offset":1,"VALUE":X}"#,
            r#"{"value":Q}"#,
            r#"{"payload":{"before":{"event_type":"b"},"after":X,"op":"u"}}"#,
            r#"{"before":null,"after":X}"#,
            r#"{"record":X}"#,
            r#"{"value":{"payload":X}}"#,
            r#"{"event":"page view","payload":X}"#,
            r#"{"user_id":"u","value":X}"#,
        ] {
            assert_eq!(
                event(&wrapper.replace('X', EVENT).replace('Q', &quoted)),
                EVENT,
                "{wrapper}"
            );
        }
    }

    #[test]
    fn an_event_that_has_a_member_named_like_a_wrapper_stands_as_it_is() {
        for line in [
            r#"{"event_type":"a","value":{"event_type":"b"}}"#,
            r#"{"event_id":"a","event":"page view"}"#,
            r#"{"user_id":"u","data":{"x":1}}"#,
        ] {
            assert_eq!(event(line), line);
        }
    }

    #[test]
    fn what_only_looks_like_an_event_is_none() {
        let line = r#"{"type":"track","userId":"u","messageId":"m","properties":{}}"#;
        assert!(event_in(line.as_bytes()).is_err());
    }

    #[test]
    fn other_spellings_of_keys_are_read() {
        for line in [
            r#"{"EVENT_TYPE":"a","USER_ID":"u"}"#,
            r#"{"eventType":"a","userId":"u"}"#,
            r#"{"EventType":"a","User-Id":"u"}"#,
        ] {
            assert_eq!(event(line), EVENT);
        }
        assert_eq!(our_spelling("unitPrice"), "unit_price");
        assert_eq!(our_spelling("COUNTRY"), "country");
    }
}
