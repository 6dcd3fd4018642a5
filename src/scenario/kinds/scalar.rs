//! Kinds of values that are scalars.

use serde_json::Value;

use crate::scenario::key_value::KeyValue;
use crate::scenario::problem::Problem;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Visit};

/// A kind of values that are scalars in the file.
pub trait ScalarKind {
    /// The type of the value.
    type Value;

    /// Reads the value that stands in the file.
    fn read(&self, field: &KeyValue<'_>) -> Result<Self::Value, Problem>;

    /// Checks a value that comes from elsewhere.
    fn check(&self, value: &Self::Value) -> Result<(), String>;

    /// The JSON Schema of the value.
    fn schema(&self) -> Value;

    /// The limits, in short.
    fn limits(&self) -> String;

    /// The value as plain data.
    fn plain(&self, value: &Self::Value) -> Value;
}

impl<K: ScalarKind> KeyKind<K::Value> for K {
    fn visit(&self, value: &mut K::Value, field: &KeyValue<'_>, visit: &mut Visit) {
        if field.node.is_some() {
            match self.read(field) {
                Ok(read) => *value = read,
                Err(problem) => visit.report(problem),
            }
        } else if let Err(message) = self.check(value) {
            visit.report(field.problem(message));
        }
    }

    fn schema(&self, _: &[ScenarioKey]) -> Value {
        ScalarKind::schema(self)
    }

    fn limits(&self) -> String {
        ScalarKind::limits(self)
    }

    fn default(&self, value: &K::Value) -> Option<Value> {
        Some(self.plain(value))
    }
}
