//! The fields of an event of any writer, as raw JSON.

use event_simulator::event::Field;
use event_simulator::time::{VirtualTime, WrittenTime};
use event_simulator::wire::scan::{self, ScanError};

/// The raw values of an event's fields. A null is none.
#[derive(Clone, Copy, Default)]
pub(crate) struct RawEvent<'a>([Option<&'a [u8]>; Field::COUNT]);

impl<'a> RawEvent<'a> {
    /// The fields of a line.
    ///
    /// # Errors
    ///
    /// [`ScanError`] if it is no JSON object, or a field stands in it twice.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, ScanError> {
        let values = scan::members(line, Field::NAMES)?;
        Ok(Self(values.map(|value| value.filter(|raw| *raw != b"null"))))
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

    /// The raw value of a field.
    pub(crate) fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.0[field as usize]
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
