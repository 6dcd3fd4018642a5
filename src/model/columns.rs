//! The columns of a model's timeline.

use indexmap::IndexMap;

use crate::event::{BuiltIn, Field, FieldKind, OwnProperty, ValueType, add_member};

use super::Model;

impl Model {
    /// The columns of a table of the events: the fields of all events, then those that the scenario's events have of
    /// their own, with the type that the values of all types of events have in common.
    pub fn columns(&self) -> IndexMap<String, ValueType> {
        let of_field = |field: Field| match field.kind() {
            FieldKind::Text => ValueType::Text,
            FieldKind::Time => ValueType::DateTime,
            FieldKind::Json => ValueType::Object(self.props()),
        };
        let fields = Field::ALL.map(|field| (field.name().to_owned(), of_field(field)));
        fields.into_iter().chain(self.properties.own_columns()).collect()
    }

    fn props(&self) -> IndexMap<String, ValueType> {
        let mut members = IndexMap::new();
        for event_type in &self.names.event_types {
            for OwnProperty { name, json_type, .. } in BuiltIn::own_properties(event_type) {
                let value = match *json_type {
                    "integer" => ValueType::Integer,
                    _ => ValueType::Text,
                };
                add_member(&mut members, (*name).to_owned(), value);
            }
        }
        self.properties.add_props(&mut members);
        members
    }
}
