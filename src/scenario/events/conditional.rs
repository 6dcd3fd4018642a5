//! The keys by which one value depends on another.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::named::Named;
use super::values::AnyValue;
use crate::scenario::key_value::KeyValue;
use crate::scenario::limits::LIST_ENTRIES;
use crate::scenario::path::join;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Keys, Visit};
use crate::scenario::yaml::{Content, Node};

/// What has to hold for an event to have a property: each of these values is one of those.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions(pub Vec<(String, Vec<Value>)>);

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, values)| (name, values)))
    }
}

/// Names, each with a value or a list of values.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct ConditionsKind;

impl KeyKind<Option<Conditions>> for ConditionsKind {
    fn visit(&self, value: &mut Option<Conditions>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(node) = field.node else { return };
        if !matches!(&node.content, Content::Map(entries) if !entries.is_empty()) {
            let problem = field.expected("names with the values that they must have");
            return visit.report(problem.help("such as `{ plan: pro, page_path: [/, /cart] }`"));
        }
        let Some(entries) = visit.mapping(field) else { return };
        let mut conditions = Conditions::default();
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            let mut values = Vec::new();
            match &entry.value.content {
                Content::List(items) if (1..=LIST_ENTRIES).contains(&items.len()) => {
                    for (index, item) in items.iter().enumerate() {
                        scalar(&place.item(index, Some(item)), &mut values, visit);
                    }
                }
                _ => scalar(&place, &mut values, visit),
            }
            conditions.0.push((entry.key.clone(), values));
        }
        *value = Some(conditions);
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "type": "object", "minProperties": 1 })
    }

    fn limits(&self) -> String {
        "names with a value or a list of values".to_owned()
    }

    fn default(&self, _: &Option<Conditions>) -> Option<Value> {
        None
    }
}

/// Adds a text, number, flag or null.
fn scalar(field: &KeyValue<'_>, values: &mut Vec<Value>, visit: &mut Visit) {
    if field.scalar().is_none() {
        let problem = field.expected("a text, a number, true, false or null");
        return visit.report(problem);
    }
    let mut read = None;
    AnyValue.visit(&mut read, field, visit);
    values.extend(read);
}

/// Keys that a plain value stands for.
pub(super) trait OfConstant {
    /// The keys of what always has this value.
    fn of_constant(value: Option<Value>) -> Self;
}

/// A property, or a value that it always has.
fn read_property<T: Keys + Default + OfConstant>(
    node: &Node,
    field: &KeyValue<'_>,
    visit: &mut Visit,
) -> T {
    match node.content {
        Content::Map(_) => {
            let mut value = T::default();
            visit.section(field, |section| value.visit(section));
            value
        }
        Content::Scalar(_) | Content::List(_) => {
            let mut constant = None;
            AnyValue.visit(&mut constant, field, visit);
            T::of_constant(constant)
        }
    }
}

/// Properties by the value that they are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct CasesKind;

impl<T: Keys + Default + OfConstant> KeyKind<Named<T>> for CasesKind {
    fn visit(&self, value: &mut Named<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return;
        }
        if field.node.is_none() {
            if value.is_empty() {
                let problem = field.problem("missing");
                return visit.report(problem.help("add `values: { US: USD, DE: EUR }`"));
            }
            for (name, value) in &mut value.0 {
                let place = KeyValue::absent(join(&field.path, name), None);
                visit.section(&place, |section| value.visit(section));
            }
            return;
        }
        let Some(entries) = visit.mapping(field) else { return };
        if !(1..=LIST_ENTRIES).contains(&entries.len()) {
            let message = format!("expected 1 to {LIST_ENTRIES} values, found {}", entries.len());
            return visit.report(field.problem(message));
        }
        value.0.clear();
        for entry in entries {
            let place = KeyValue::entry(entry, &field.path);
            value.0.push((entry.key.clone(), read_property(&entry.value, &place, visit)));
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "type": "object", "minProperties": 1, "maxProperties": LIST_ENTRIES })
    }

    fn limits(&self) -> String {
        "values, or properties".to_owned()
    }

    fn default(&self, _: &Named<T>) -> Option<Value> {
        None
    }

    fn is_required(&self) -> bool {
        true
    }
}

/// A property or a value, which may be left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct OtherwiseKind;

impl<T: Keys + Default + OfConstant> KeyKind<Option<Box<T>>> for OtherwiseKind {
    fn visit(&self, value: &mut Option<Box<T>>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return;
        }
        match (field.node, &mut *value) {
            (Some(node), _) => *value = Some(Box::new(read_property(node, field, visit))),
            (None, Some(value)) => visit.section(field, |section| value.visit(section)),
            (None, None) => {}
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({})
    }

    fn limits(&self) -> String {
        "a value, or a property".to_owned()
    }

    fn default(&self, _: &Option<Box<T>>) -> Option<Value> {
        None
    }
}
