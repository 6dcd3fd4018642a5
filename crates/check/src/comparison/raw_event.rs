//! The fields of an event of any writer, as raw JSON.

use std::borrow::Cow;

use event_simulator::event::Field;
use event_simulator::time::{VirtualTime, WrittenTime};
use event_simulator::wire::scan::{self, ScanError};

/// The raw values of an event's fields, and the fields that only its writer knows. A null is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawEvent<'a> {
    fields: [Option<&'a [u8]>; Field::COUNT],
    own: Vec<(Cow<'a, [u8]>, &'a [u8])>,
}

/// The fields that say what happened, when and to whom, beside the id and what the event carries.
pub(crate) const TELLING: [Field; 6] = [
    Field::EventTime,
    Field::EventType,
    Field::UserId,
    Field::SessionId,
    Field::PagePath,
    Field::ButtonId,
];

/// The fields by which a line is known to be an event.
const IDENTIFYING: [Field; 4] = [Field::EventId, Field::EventType, Field::UserId, Field::SessionId];

impl<'a> RawEvent<'a> {
    /// The fields of a line.
    ///
    /// # Errors
    ///
    /// [`ScanError`] if it is no JSON object, or a field stands in it twice.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, ScanError> {
        if let Some(fields) = in_our_form(line) {
            return Ok(Self { fields, own: Vec::new() });
        }
        let mut found = [None; Field::COUNT];
        let mut own = Vec::new();
        // Fields mostly come in their order.
        let mut next = 0;
        scan::each_member(line, |key, value| {
            let is = |name: &str| name.as_bytes() == &*key;
            let index = match Field::NAMES.get(next) {
                Some(name) if is(name) => Some(next),
                _ => Field::NAMES.into_iter().position(is),
            };
            next = index.map_or(next, |index| index + 1);
            match index {
                Some(index) if found[index].replace(value).is_some() => {
                    return Err(ScanError::Duplicate { name: Field::NAMES[index].to_owned() });
                }
                Some(_) => {}
                None if value == b"null" => {}
                None => own.push((key, value)),
            }
            Ok(())
        })?;
        let fields = found.map(|value| value.filter(|raw| *raw != b"null"));
        Ok(Self { fields, own })
    }

    /// The fields of a line that [`Self::read`] takes.
    pub(super) fn of_event(line: &'a [u8]) -> Self {
        let event = Self::read(line);
        debug_assert!(event.is_ok(), "the reader lets no other lines through");
        event.unwrap_or_default()
    }

    /// The fields of any line; none of a line that is no event.
    pub(crate) fn of_any(line: &'a [u8]) -> Self {
        Self::read(line).unwrap_or_default()
    }

    /// True if it has a field by which it is known to be an event.
    pub(super) fn is_identified(&self) -> bool {
        IDENTIFYING.iter().any(|field| self.get(*field).is_some())
    }

    /// The raw value of a field.
    pub(crate) fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.fields[field as usize]
    }

    /// The fields that only its writer knows.
    pub(super) fn own(&self) -> &[(Cow<'a, [u8]>, &'a [u8])] {
        &self.own
    }

    /// The raw value of a field that only its writer knows.
    pub(super) fn own_value(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.own.iter().rfind(|(key, _)| **key == *name).map(|(_, value)| *value)
    }

    /// The text of a field; none for a value that is no text.
    pub(crate) fn text(&self, field: Field) -> Option<Cow<'a, str>> {
        scan::text(self.get(field)?).ok()
    }

    /// The time, if there is one that can be read.
    pub(crate) fn time(&self) -> Option<VirtualTime> {
        time_of_value(self.get(Field::EventTime)?)
    }

    /// The raw `props.event_id`.
    pub(super) fn props_id(&self) -> Option<&'a [u8]> {
        let props = self.get(Field::Props).filter(|props| *props != b"{}")?;
        let [id] = scan::members(props, [Field::EventId.name()]).ok()?;
        id.filter(|raw| *raw != b"null")
    }
}

/// The fields of a line in the form in which timelines are written: texts without escapes in the order of
/// fields, and nothing between or beside them. None of any other line.
fn in_our_form(line: &[u8]) -> Option<[Option<&[u8]>; Field::COUNT]> {
    let mut found = [None; Field::COUNT];
    let mut rest = line.strip_prefix(b"{")?;
    for (value, name) in found.iter_mut().zip(Field::NAMES) {
        let key = rest.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(name.as_bytes()));
        let Some(raw) = key.and_then(|rest| rest.strip_prefix(b"\":")) else { continue };
        let end = match raw {
            [b'"', text @ ..] => {
                let end = memchr::memchr2(b'"', b'\\', text).filter(|end| text[*end] == b'"')?;
                end + 2
            }
            [b'{', .., b'}'] => {
                let object = &raw[..raw.len() - 1];
                let is_empty = object == b"{}";
                *value = Some(object);
                let is_object = is_empty || scan::each_member(object, |_, _| Ok(())).is_ok();
                return is_object.then_some(found);
            }
            _ => return None,
        };
        *value = raw.get(..end);
        rest = &raw[end..];
        match rest {
            [b',', b'"', ..] => rest = &rest[1..],
            b"}" => return Some(found),
            _ => return None,
        }
    }
    None
}

/// The time of a raw JSON text, in any form.
pub(super) fn time_of_value(raw: &[u8]) -> Option<VirtualTime> {
    let any_form = || Some(WrittenTime::of_text(&scan::text(raw).ok()?)?.time);
    scan::time(raw).ok().or_else(any_form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use event_simulator::Scenario;
    use proptest::prelude::*;

    fn lines() -> Vec<String> {
        let model = Scenario::default().compile().unwrap();
        model.simulate(1).take(300).map(|event| serde_json::to_string(&event).unwrap()).collect()
    }

    #[test]
    fn most_of_our_lines_are_in_our_form() {
        let lines = lines();
        let short = lines.iter().filter(|line| in_our_form(line.as_bytes()).is_some()).count();
        assert!(short * 2 > lines.len(), "{short}");
    }

    proptest! {
        #[test]
        fn what_is_in_our_form_is_what_a_scan_finds(
            line in prop::sample::select(lines()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), prop::sample::select(
                b"{}[]\",:\\0Z a".to_vec())), 0..4),
        ) {
            let mut line = line.into_bytes();
            for (index, is_put, byte) in edits {
                let at = index.index(line.len());
                if is_put {
                    line[at] = byte;
                } else {
                    line.remove(at);
                }
            }
            if let Some(short) = in_our_form(&line) {
                prop_assert_eq!(Ok(short), scan::members(&line, Field::NAMES));
            }
        }
    }
}
