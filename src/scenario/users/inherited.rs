//! The kinds of keys that only personas have.

use serde_json::Value;

use crate::scenario::key_value::KeyValue;
use crate::scenario::kinds::Group;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Keys, Visit};

/// A section that inherits key by key from the scenario's own. Its keys are visited once those of the scenario
/// are known, see `persona_scenarios`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inherited;

impl<T: Keys + Default> KeyKind<Option<T>> for Inherited {
    fn visit(&self, _: &mut Option<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            visit.section(field, |section| T::default().visit(section));
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        KeyKind::<T>::schema(&Group, keys)
    }

    fn limits(&self) -> String {
        String::new()
    }

    fn default(&self, _: &Option<T>) -> Option<Value> {
        None
    }
}

/// A value that stands for the scenario's own as a whole, if it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<K>(pub(super) K);

impl<T: Default, K: KeyKind<T>> KeyKind<Option<T>> for Given<K> {
    fn visit(&self, value: &mut Option<T>, field: &KeyValue<'_>, visit: &mut Visit) {
        if visit.describes() {
            return self.0.visit(&mut T::default(), field, visit);
        }
        if field.node.is_some() {
            *value = Some(T::default());
        }
        if let Some(value) = value {
            self.0.visit(value, field, visit);
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        self.0.schema(keys)
    }

    fn limits(&self) -> String {
        self.0.limits()
    }

    fn default(&self, _: &Option<T>) -> Option<Value> {
        None
    }
}
