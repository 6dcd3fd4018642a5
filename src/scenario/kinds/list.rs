//! Lists.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::number::SHARE;
use super::scalar::ScalarKind;
use super::text::{NAME, Text};
use crate::scenario::key_value::KeyValue;
use crate::scenario::limits::LIST_ENTRIES;
use crate::scenario::scenario_key::{ScenarioKey, object_schema};
use crate::scenario::section::{KeyKind, Keys, Visit};
use crate::scenario::yaml::Content;

/// A list of texts.
#[derive(Clone, Copy, Debug)]
pub struct NameList {
    /// The kind of the entries.
    pub item: Text,
    /// The fewest entries.
    pub least: usize,
    /// No entry may stand twice.
    pub is_unique: bool,
}

impl KeyKind<Vec<String>> for NameList {
    fn visit(&self, value: &mut Vec<String>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(items) = items(value.len(), field, visit, self.least) else { return };
        let mut names = if field.node.is_some() { Vec::new() } else { std::mem::take(value) };
        names.resize_with(items.len(), String::new);
        for (name, item) in names.iter_mut().zip(&items) {
            self.item.visit(name, item, visit);
        }
        if self.is_unique && visit.is_sound(&field.path) {
            let mut first_places = HashMap::new();
            for (name, item) in names.iter().zip(&items) {
                let first = *first_places.entry(name).or_insert(item);
                if first.path != item.path {
                    let line = first.position.map(|first| format!(" on line {}", first.line));
                    let line = line.unwrap_or_default();
                    let message = format!("{name:?} stands twice, first at {}{line}", first.path);
                    visit.report(item.problem(message));
                }
            }
        }
        if field.node.is_none() || visit.is_sound(&field.path) {
            *value = names;
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        let mut schema = json!({
            "type": "array",
            "items": ScalarKind::schema(&self.item),
            "minItems": self.least,
            "maxItems": LIST_ENTRIES,
        });
        if self.is_unique {
            schema["uniqueItems"] = json!(true);
        }
        schema
    }

    fn limits(&self) -> String {
        list_limits(self.least)
    }

    fn default(&self, value: &Vec<String>) -> Option<Value> {
        Some(json!(value))
    }
}

/// A list of mappings.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct ListOf {
    /// The fewest entries.
    pub(in crate::scenario) least: usize,
}

impl<T: Keys + Clone + Default + serde::Serialize> KeyKind<Vec<T>> for ListOf {
    fn visit(&self, value: &mut Vec<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            let blank = KeyValue::absent(format!("{}[]", field.path), None);
            return visit.section(&blank, |section| T::default().visit(section));
        }
        let Some(items) = items(value.len(), field, visit, self.least) else { return };
        let mut list = if field.node.is_some() { Vec::new() } else { std::mem::take(value) };
        list.resize_with(items.len(), T::default);
        for (entry, item) in list.iter_mut().zip(&items) {
            visit.section(item, |section| entry.visit(section));
        }
        if field.node.is_none() || visit.is_sound(&field.path) {
            *value = list;
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        json!({
            "type": "array",
            "items": object_schema(keys),
            "minItems": self.least,
            "maxItems": LIST_ENTRIES,
        })
    }

    fn limits(&self) -> String {
        list_limits(self.least)
    }

    fn default(&self, value: &Vec<T>) -> Option<Value> {
        serde_json::to_value(value).ok()
    }
}

/// A name or a list of names, which may be left out.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct NameOrList;

impl NameOrList {
    const LIST: NameList = NameList { item: NAME, least: 1, is_unique: true };
}

impl KeyKind<Vec<String>> for NameOrList {
    fn visit(&self, value: &mut Vec<String>, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.scalar().is_some() {
            match NAME.read(field) {
                Ok(name) => *value = vec![name],
                Err(problem) => visit.report(problem),
            }
        } else if field.node.is_some() || !value.is_empty() {
            Self::LIST.visit(value, field, visit);
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        json!({ "anyOf": [ScalarKind::schema(&NAME), Self::LIST.schema(keys)] })
    }

    fn limits(&self) -> String {
        "a name, or a list of names".to_owned()
    }

    fn default(&self, _: &Vec<String>) -> Option<Value> {
        None
    }
}

/// A list of shares.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct ShareList;

impl KeyKind<Vec<f64>> for ShareList {
    fn visit(&self, value: &mut Vec<f64>, field: &KeyValue<'_>, visit: &mut Visit) {
        let Some(items) = items(value.len(), field, visit, 0) else { return };
        if field.node.is_some() {
            value.clear();
        }
        value.resize(items.len(), 0.0);
        for (share, item) in value.iter_mut().zip(&items) {
            KeyKind::visit(&SHARE, share, item, visit);
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        json!({ "type": "array", "items": ScalarKind::schema(&SHARE), "maxItems": LIST_ENTRIES })
    }

    fn limits(&self) -> String {
        format!("numbers from {}", ScalarKind::limits(&SHARE))
    }

    fn default(&self, _: &Vec<f64>) -> Option<Value> {
        None
    }
}

fn list_limits(least: usize) -> String {
    format!("{least} to {LIST_ENTRIES} entries")
}

/// The places of a list's entries: those in the file, or else of the `len` that there are. `None` if
/// it is no list, or has too few entries or too many, which is reported.
fn items<'a>(
    len: usize,
    field: &KeyValue<'a>,
    visit: &mut Visit,
    least: usize,
) -> Option<Vec<KeyValue<'a>>> {
    let nodes = match field.node.map(|node| &node.content) {
        None => vec![None; len],
        Some(Content::List(nodes)) => nodes.iter().map(Some).collect(),
        Some(Content::Scalar(_) | Content::Map(_)) => {
            let problem = field.expected("a list");
            visit.report(problem.help("one `- entry` a line, or `[]` for none"));
            return None;
        }
    };
    if nodes.len() < least {
        let problem = field.problem("expected one entry at least, found none");
        visit.report(problem.help("leave the key out for the default"));
        return None;
    }
    if nodes.len() > LIST_ENTRIES {
        let message = format!("at most {LIST_ENTRIES} entries are allowed, found {}", nodes.len());
        visit.report(field.problem(message));
        return None;
    }
    Some(nodes.into_iter().enumerate().map(|(index, node)| field.item(index, node)).collect())
}
