//! Sections, and keys that may or must be there.

use serde_json::{Map, Value, json};

use super::scalar::ScalarKind;
use super::text::Text;
use crate::scenario::key_value::KeyValue;
use crate::scenario::scenario_key::{ScenarioKey, object_schema};
use crate::scenario::section::{KeyKind, Keys, Visit};

/// A section: a mapping with keys of its own.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Group;

impl<T: Keys> KeyKind<T> for Group {
    fn visit(&self, value: &mut T, field: &KeyValue<'_>, visit: &mut Visit) {
        visit.section(field, |section| value.visit(section));
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        object_schema(keys)
    }

    fn limits(&self) -> String {
        String::new()
    }

    fn default(&self, _: &T) -> Option<Value> {
        None
    }
}

/// A section whose owner is elsewhere. It is kept as it was written; the owner, if there is one,
/// checks it.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Owned;

impl KeyKind<Map<String, Value>> for Owned {
    fn visit(&self, value: &mut Map<String, Value>, field: &KeyValue<'_>, visit: &mut Visit) {
        match visit.owner(&field.path) {
            Some(owner) => visit.section(field, owner.visit),
            None => drop(visit.mapping(field)),
        }
        if let Some(node) = field.node {
            *value = match node.content.to_json() {
                Value::Object(mapping) => mapping,
                _ => Map::new(),
            };
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        if keys.is_empty() { json!({ "type": "object" }) } else { object_schema(keys) }
    }

    fn limits(&self) -> String {
        String::new()
    }

    fn default(&self, _: &Map<String, Value>) -> Option<Value> {
        None
    }
}

/// A key that has to be there if its section is.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct Required<K> {
    pub(in crate::scenario) kind: K,
    /// A value, for the advice.
    pub(in crate::scenario) example: &'static str,
}

impl<K: ScalarKind> KeyKind<K::Value> for Required<K> {
    fn visit(&self, value: &mut K::Value, field: &KeyValue<'_>, visit: &mut Visit) {
        let is_missing = field.node.is_none() && field.position.is_some();
        if !is_missing {
            return self.kind.visit(value, field, visit);
        }
        let name = field.path.rsplit('.').next().unwrap_or_default();
        let problem = field.problem("missing");
        visit.report(problem.help(format!("add `{name}: {}`", self.example)));
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        self.kind.schema()
    }

    fn limits(&self) -> String {
        ScalarKind::limits(&self.kind)
    }

    fn default(&self, _: &K::Value) -> Option<Value> {
        None
    }

    fn is_required(&self) -> bool {
        true
    }
}

/// A key that has no default: `None`, or an empty text, where it is not there.
#[derive(Clone, Copy, Debug)]
pub struct Optional<K>(pub K);

impl KeyKind<String> for Optional<Text> {
    fn visit(&self, value: &mut String, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.node.is_some() || !value.is_empty() {
            self.0.visit(value, field, visit);
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        ScalarKind::schema(&self.0)
    }

    fn limits(&self) -> String {
        ScalarKind::limits(&self.0)
    }

    fn default(&self, _: &String) -> Option<Value> {
        None
    }
}

impl<K: ScalarKind> KeyKind<Option<K::Value>> for Optional<K> {
    fn visit(&self, value: &mut Option<K::Value>, field: &KeyValue<'_>, visit: &mut Visit) {
        match value {
            _ if field.node.is_some() && field.is_null() => *value = None,
            _ if field.node.is_some() => match self.0.read(field) {
                Ok(read) => *value = Some(read),
                Err(problem) => visit.report(problem),
            },
            Some(value) => self.0.visit(value, field, visit),
            None => {}
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        self.0.schema()
    }

    fn limits(&self) -> String {
        ScalarKind::limits(&self.0)
    }

    fn default(&self, _: &Option<K::Value>) -> Option<Value> {
        None
    }
}
