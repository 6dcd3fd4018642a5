//! Groups of keys for which one word may stand.

use serde_json::{Value, json};

use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::{NAME, ScalarKind};
use crate::scenario::scenario_key::{ScenarioKey, object_schema};
use crate::scenario::section::{KeyKind, Keys, Visit};

/// A group of keys for which the value of the first one may stand.
pub(super) trait OfWord {
    /// The keys that the word stands for.
    fn of_word(word: String) -> Self;
}

/// A name, or a group of keys; it may be left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordOrGroup;

impl<T: Keys + Default + OfWord> KeyKind<Option<T>> for WordOrGroup {
    fn visit(&self, value: &mut Option<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return visit.section(field, |section| T::default().visit(section));
        }
        if field.scalar().is_some() {
            match NAME.read(field) {
                Ok(word) => *value = Some(T::of_word(word)),
                Err(problem) => visit.report(problem),
            }
            return;
        }
        if field.node.is_some() {
            *value = Some(T::default());
        }
        if let Some(value) = value {
            visit.section(field, |section| value.visit(section));
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        json!({ "anyOf": [ScalarKind::schema(&NAME), object_schema(keys)] })
    }

    fn limits(&self) -> String {
        "a name, or keys".to_owned()
    }

    fn default(&self, _: &Option<T>) -> Option<Value> {
        None
    }
}
