//! Mappings with names of the user's own, in the order of the file.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::scenario::key_value::KeyValue;
use crate::scenario::limits::{MAX_NAME_CHARS, check_name};
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Keys, Visit};

/// Values by name, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// The values, each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A mapping with names of the user's own, whose values have the keys of one section.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct NamedOf {
    /// The definition of the values in the JSON Schema.
    definition: &'static str,
    /// The most entries.
    most: usize,
}

impl NamedOf {
    pub(in crate::scenario) const EVENTS: Self = Self { definition: "event", most: 10_000 };
    pub(in crate::scenario) const FAULTS: Self = Self { definition: "fault", most: 64 };
    pub(in crate::scenario) const FLOW_PAGES: Self = Self { definition: "flow_page", most: 10_000 };
    pub(in crate::scenario) const FUNNELS: Self = Self { definition: "funnel", most: 100 };
    pub(in crate::scenario) const POLICY_FUNNELS: Self =
        Self { definition: "policy_funnel", most: 100 };
    pub(in crate::scenario) const PROPERTIES: Self = Self { definition: "property", most: 1_000 };

    fn read<T: Keys + Default>(self, field: &KeyValue<'_>, visit: &mut Visit) -> Vec<(String, T)> {
        let Some(entries) = visit.mapping(field) else { return Vec::new() };
        if entries.len() > self.most {
            let message = format!("at most {} are allowed, found {}", self.most, entries.len());
            visit.report(field.problem(message));
            return Vec::new();
        }
        let mut read: Vec<(String, T)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            if let Err(message) = check_name(&entry.key) {
                visit.report(Problem::error(&*place.path, message).at(entry.position));
            }
            let mut value = T::default();
            visit.section(&place, |section| value.visit(section));
            // Of two with the same name, which is reported, one is enough.
            if !read.iter().any(|(name, _)| *name == entry.key) {
                read.push((entry.key.clone(), value));
            }
        }
        read
    }

    /// Reads the values, or checks them as they are.
    fn visit_all<T: Keys + Default>(
        self,
        value: &mut Named<T>,
        field: &KeyValue<'_>,
        visit: &mut Visit,
    ) {
        if visit.describes() {
            return;
        }
        if field.node.is_some() {
            value.0 = self.read(field, visit);
            return;
        }
        for (name, value) in &mut value.0 {
            let place = KeyValue::absent(join(&field.path, name), None);
            if let Err(message) = check_name(name) {
                visit.report(place.problem(message));
            }
            visit.section(&place, |section| value.visit(section));
        }
    }

    fn mapping_schema(self) -> Value {
        json!({
            "type": "object",
            "propertyNames": { "minLength": 1, "maxLength": MAX_NAME_CHARS },
            "additionalProperties": { "$ref": format!("#/definitions/{}", self.definition) },
            "maxProperties": self.most,
        })
    }
}

impl<T: Keys + Default> KeyKind<Named<T>> for NamedOf {
    fn visit(&self, value: &mut Named<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        self.visit_all(value, field, visit);
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        self.mapping_schema()
    }

    fn limits(&self) -> String {
        format!("at most {}", self.most)
    }

    fn default(&self, _: &Named<T>) -> Option<Value> {
        None
    }
}

impl<T: Keys + Default> KeyKind<Option<Named<T>>> for NamedOf {
    fn visit(&self, value: &mut Option<Named<T>>, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.node.is_some() || value.is_some() {
            self.visit_all(value.get_or_insert_default(), field, visit);
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        self.mapping_schema()
    }

    fn limits(&self) -> String {
        format!("at most {}", self.most)
    }

    fn default(&self, _: &Option<Named<T>>) -> Option<Value> {
        None
    }
}
