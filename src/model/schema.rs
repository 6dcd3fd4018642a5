//! The form of a model's events: as a JSON Schema, and as a table of fields.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::event::{BuiltIn, Field, OwnProperty};
use crate::properties::{MemberSchemas, Properties};

/// A field that events of a type can have, or a value within one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TypedField {
    /// The type of the events.
    pub event_type: String,
    /// The path, such as `props.items[].sku`.
    pub field: String,
    /// The types of JSON that its value can have, such as `string` or `integer or null`.
    pub value: String,
    /// True if it is there whenever what it stands in is.
    pub is_required: bool,
}

/// The JSON Schema (draft 7) of events of these types; one that stands twice counts once.
pub(super) fn event_schema(event_types: &[String], properties: &Properties) -> Value {
    let mut definitions = Map::new();
    for event_type in event_types {
        if !definitions.contains_key(event_type) {
            definitions.insert(event_type.clone(), of_type(event_type, properties));
        }
    }
    let pointer = |name: &String| {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        json!({ "$ref": format!("#/definitions/{}", percent_encoded(&escaped)) })
    };
    let any: Vec<Value> = definitions.keys().map(pointer).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Event",
        "oneOf": any,
        "definitions": definitions,
    })
}

/// A text as it can stand in the fragment of a URI.
fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

fn of_type(event_type: &str, properties: &Properties) -> Value {
    let built_in = BuiltIn::of_type(event_type);
    let mut event = MemberSchemas::default();
    for field in Field::ALL {
        let (schema, is_required) = match field {
            Field::EventId => (json!({ "type": "string", "format": "uuid" }), true),
            Field::EventTime => (json!({ "type": "string", "format": "date-time" }), true),
            Field::EventType => (json!({ "const": event_type }), true),
            Field::UserId if properties.has_anonymous_id() => {
                (pattern("^(user_[0-9a-f]{8}|anon_[0-9a-f]{16})$"), true)
            }
            Field::UserId => (pattern("^user_[0-9a-f]{8}$"), true),
            Field::SessionId => (pattern("^session_[0-9a-f]{12}$"), true),
            Field::PagePath => match built_in {
                Some(BuiltIn::SessionCreated | BuiltIn::SessionEnded) => continue,
                _ => (json!({ "type": "string" }), true),
            },
            Field::ButtonId if built_in == Some(BuiltIn::ButtonClicked) => {
                (json!({ "type": "string" }), true)
            }
            Field::ButtonId => continue,
            Field::Props => (props(event_type, properties), true),
        };
        event.properties.insert(field.name().to_owned(), schema);
        if is_required {
            event.required.push(field.name().to_owned());
        }
    }
    properties.add_own_fields(event_type, &mut event);
    event.object()
}

fn props(event_type: &str, properties: &Properties) -> Value {
    let mut members = MemberSchemas::default();
    for OwnProperty { name, json_type, is_required } in BuiltIn::own_properties(event_type) {
        members.properties.insert((*name).to_owned(), json!({ "type": json_type }));
        if *is_required {
            members.required.push((*name).to_owned());
        }
    }
    properties.add_schemas(event_type, &mut members);
    members.object()
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// The fields of each type that a schema of events defines.
pub(super) fn fields(schema: &Value) -> Vec<TypedField> {
    let mut fields = Vec::new();
    for (event_type, schema) in schema["definitions"].as_object().into_iter().flatten() {
        add_members(event_type, "", schema, &mut fields);
    }
    fields
}

fn add_members(event_type: &str, path: &str, schema: &Value, fields: &mut Vec<TypedField>) {
    let required = schema["required"].as_array();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let mut types = Vec::new();
        add_types(member, &mut types);
        let is_required = required.is_some_and(|names| names.iter().any(|known| known == name));
        let field = format!("{path}{name}");
        fields.push(TypedField {
            event_type: event_type.to_owned(),
            field: field.clone(),
            value: types.join(" or "),
            is_required,
        });
        add_within(event_type, &field, member, fields);
    }
}

/// Adds the values within one: the members of an object, and of the entries of a list.
fn add_within(event_type: &str, path: &str, schema: &Value, fields: &mut Vec<TypedField>) {
    for schema in schema["anyOf"].as_array().into_iter().flatten() {
        add_within(event_type, path, schema, fields);
    }
    add_members(event_type, &format!("{path}."), schema, fields);
    if let Some(items) = schema.get("items") {
        add_within(event_type, &format!("{path}[]"), items, fields);
    }
}

/// Adds the types of JSON that fit a schema, each once.
fn add_types(schema: &Value, types: &mut Vec<String>) {
    let mut add = |name: String| {
        if !types.contains(&name) {
            types.push(name);
        }
    };
    if let Some(format) = schema["format"].as_str() {
        return add(format.to_owned());
    }
    match (&schema["type"], schema.get("items")) {
        (Value::String(name), Some(items)) if name == "array" => {
            let mut of = Vec::new();
            add_types(items, &mut of);
            return add(format!("array of {}", of.join(" or ")));
        }
        (Value::String(name), _) => return add(name.clone()),
        _ => {}
    }
    for value in
        schema.get("const").into_iter().chain(schema["enum"].as_array().into_iter().flatten())
    {
        add(type_of(value).to_owned());
    }
    for schema in schema["anyOf"].as_array().into_iter().flatten() {
        add_types(schema, types);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
