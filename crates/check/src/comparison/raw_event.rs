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

/// The fields by which a line is known to be an event.
const IDENTIFYING: [Field; 4] = [Field::EventId, Field::EventType, Field::UserId, Field::SessionId];

impl<'a> RawEvent<'a> {
    /// The fields of a line.
    ///
    /// # Errors
    ///
    /// [`ScanError`] if it is no JSON object, or a field stands in it twice.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, ScanError> {
        let mut found = [None; Field::COUNT];
        let mut own = Vec::new();
        scan::each_member(line, |key, value| {
            match Field::NAMES.iter().position(|name| name.as_bytes() == &*key) {
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
        self.own.iter().find(|(key, _)| **key == *name).map(|(_, value)| *value)
    }

    /// The text of a field; none for a value that is no text.
    pub(crate) fn text(&self, field: Field) -> Option<String> {
        scan::text(self.get(field)?).ok().map(String::from)
    }

    /// The time, if there is one that can be read.
    pub(crate) fn time(&self) -> Option<VirtualTime> {
        time_of_value(self.get(Field::EventTime)?)
    }

    /// The raw `props.event_id`.
    pub(super) fn props_id(&self) -> Option<&'a [u8]> {
        let [id] = scan::members(self.get(Field::Props)?, [Field::EventId.name()]).ok()?;
        id.filter(|raw| *raw != b"null")
    }
}

/// The time of a raw JSON text, in any form.
pub(super) fn time_of_value(raw: &[u8]) -> Option<VirtualTime> {
    let any_form = || Some(WrittenTime::of_text(&scan::text(raw).ok()?)?.time);
    scan::time(raw).ok().or_else(any_form)
}
