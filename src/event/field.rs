//! The fields of an event: one table, from which readers, writers and comparisons take their names.

use std::fmt;

use super::owned::Event;

/// A field of an event. The order is that in which fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// See [`Event::event_id`].
    EventId,
    /// See [`Event::event_time`].
    EventTime,
    /// See [`Event::event_type`].
    EventType,
    /// See [`Event::user_id`].
    UserId,
    /// See [`Event::session_id`].
    SessionId,
    /// See [`Event::page_path`].
    PagePath,
    /// See [`Event::button_id`].
    ButtonId,
    /// See [`Event::props`].
    Props,
}

/// The kind of value that a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text.
    Text,
    /// A time, as text in RFC 3339.
    Time,
    /// A JSON object.
    Json,
}

struct FieldRow {
    field: Field,
    name: &'static str,
    kind: FieldKind,
    is_required: bool,
}

const ROWS: [FieldRow; Field::COUNT] = [
    required(Field::EventId, "event_id", FieldKind::Text),
    required(Field::EventTime, "event_time", FieldKind::Time),
    required(Field::EventType, "event_type", FieldKind::Text),
    required(Field::UserId, "user_id", FieldKind::Text),
    required(Field::SessionId, "session_id", FieldKind::Text),
    optional(Field::PagePath, "page_path", FieldKind::Text),
    optional(Field::ButtonId, "button_id", FieldKind::Text),
    optional(Field::Props, "props", FieldKind::Json),
];

const fn required(field: Field, name: &'static str, kind: FieldKind) -> FieldRow {
    FieldRow { field, name, kind, is_required: true }
}

const fn optional(field: Field, name: &'static str, kind: FieldKind) -> FieldRow {
    FieldRow { field, name, kind, is_required: false }
}

impl Field {
    /// The number of fields.
    pub const COUNT: usize = 8;

    /// Every field, in the order in which they are written.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::EventId; Self::COUNT];
        let mut index = 0;
        while index < Self::COUNT {
            all[index] = ROWS[index].field;
            assert!(all[index] as usize == index, "a row stands in the place of its field");
            index += 1;
        }
        all
    };

    /// The names of all fields, in the same order: the members of a JSON line, the columns of CSV.
    pub const NAMES: [&'static str; Self::COUNT] = {
        let mut names = [""; Self::COUNT];
        let mut index = 0;
        while index < Self::COUNT {
            names[index] = ROWS[index].name;
            index += 1;
        }
        names
    };

    /// The name: `event_id`, ...
    pub const fn name(self) -> &'static str {
        ROWS[self as usize].name
    }

    /// The kind of its value.
    pub const fn kind(self) -> FieldKind {
        ROWS[self as usize].kind
    }

    /// True for a field that every event of a timeline has to have.
    pub const fn is_required(self) -> bool {
        ROWS[self as usize].is_required
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Event {
    /// The names of the fields in which another event has other values.
    pub fn differing_fields<'e>(&'e self, other: &'e Self) -> Vec<&'e str> {
        let differs = |field: &Field| match field {
            Field::EventId => self.event_id != other.event_id,
            Field::EventTime => self.event_time != other.event_time,
            Field::EventType => self.event_type != other.event_type,
            Field::UserId => self.user_id != other.user_id,
            Field::SessionId => self.session_id != other.session_id,
            Field::PagePath => self.page_path != other.page_path,
            Field::ButtonId => self.button_id != other.button_id,
            Field::Props => self.props != other.props,
        };
        let names: Vec<&str> = Field::ALL.into_iter().filter(differs).map(Field::name).collect();
        let only_other = other.own.keys().filter(|name| !self.own.contains_key(*name));
        let own = self.own.keys().chain(only_other);
        let own = own.filter(|name| self.own.get(*name) != other.own.get(*name));
        names.into_iter().chain(own.map(String::as_str)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use serde_json::{Map, Value};

    /// The encoder has the names in its literals, for speed, and serde in its attributes.
    #[test]
    fn events_are_written_with_the_fields_of_the_table_in_its_order() {
        let model = Scenario::default().compile().unwrap();
        let mut seen = [false; Field::COUNT];
        for event in model.simulate(1) {
            let line: Map<String, Value> =
                serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
            let names: Vec<&String> = line.keys().collect();
            let expected: Vec<Field> =
                Field::ALL.into_iter().filter(|field| line.contains_key(field.name())).collect();
            assert_eq!(names, expected.iter().map(|field| field.name()).collect::<Vec<_>>());
            for field in Field::ALL {
                seen[field as usize] |= line.contains_key(field.name());
                assert!(line.contains_key(field.name()) || !field.is_required(), "{field}");
            }
        }
        assert_eq!(seen, [true; Field::COUNT]);
    }
}
