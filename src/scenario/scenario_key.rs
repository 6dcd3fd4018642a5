//! A key of a scenario as data, for whoever shows it.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A key that a scenario can have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioKey {
    /// The name, without those of the sections that it stands in.
    pub name: &'static str,
    /// The meaning.
    pub doc: String,
    /// The limits, in short; empty for a section.
    pub limits: String,
    /// The default; a section has none, its keys have.
    pub default: Option<Value>,
    /// The key has to be there.
    pub is_required: bool,
    /// The JSON Schema of its value, without meaning and default.
    pub schema: Value,
    /// The keys of a section, or of each entry of a list.
    pub keys: Vec<ScenarioKey>,
}

/// The JSON Schema of a mapping with these keys and no others.
pub(super) fn object_schema(keys: &[ScenarioKey]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), key_schema(key))).collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<&str> =
        keys.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn key_schema(key: &ScenarioKey) -> Value {
    let mut schema = json!({ "description": key.doc });
    if let (Value::Object(whole), Value::Object(kind)) = (&mut schema, &key.schema) {
        whole.extend(kind.clone());
    }
    if let Some(default) = &key.default {
        schema["default"] = default.clone();
    }
    schema
}
