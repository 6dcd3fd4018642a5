//! The JSON Schema of properties.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::random::{Bernoulli, Owner};
use crate::scenario::ANONYMOUS_ID;
use crate::scenario::events::{IpVersion, MomentForm};

use super::event_properties::Properties;
use super::generator::{Generator, Property};

/// The JSON Schema of members of an object: of each, and which of them are always there.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemberSchemas {
    pub(crate) properties: Map<String, Value>,
    pub(crate) required: Vec<String>,
}

impl MemberSchemas {
    /// The schema of an object with these members and no others.
    pub(crate) fn object(self) -> Value {
        let Self { properties, required } = self;
        let mut schema =
            json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }

    fn add_all<'p>(&mut self, properties: impl IntoIterator<Item = &'p Property>) {
        for property in properties {
            self.properties.insert(property.name.clone(), schema(property));
            let can_be_missing = has(property.missing) || !property.conditions.is_empty();
            if !can_be_missing {
                self.required.push(property.name.clone());
            }
        }
    }
}

impl Properties {
    /// Adds what stands in the `props` of events of a type.
    pub(crate) fn add_schemas(&self, event_type: &str, members: &mut MemberSchemas) {
        for event in self.events.iter().filter(|event| event.event_type == event_type) {
            members.add_all(event.properties.iter().filter(|property| !property.is_field));
        }
    }

    /// Adds the fields of events of a type beside those of all events.
    pub(crate) fn add_own_fields(&self, event_type: &str, members: &mut MemberSchemas) {
        if self.has_anonymous_id {
            let pattern = json!({ "type": "string", "pattern": "^anon_[0-9a-f]{16}$" });
            members.properties.insert(ANONYMOUS_ID.to_owned(), pattern);
            members.required.push(ANONYMOUS_ID.to_owned());
        }
        for owner in &self.owners {
            let mut schemas = MemberSchemas::default();
            schemas.add_all(&owner.properties);
            members.properties.insert(owner.name.to_owned(), schemas.object());
            // Of users who are not known yet nothing is said.
            if owner.owner != Owner::User || !self.has_anonymous_id {
                members.required.push(owner.name.to_owned());
            }
        }
        for event in self.events.iter().filter(|event| event.event_type == event_type) {
            members.add_all(event.properties.iter().filter(|property| property.is_field));
        }
    }

    /// True if the id of a user may be that of its browser.
    pub(crate) fn has_anonymous_id(&self) -> bool {
        self.has_anonymous_id
    }
}

fn has(share: Option<Bernoulli>) -> bool {
    share.is_some_and(|share| share.probability() > 0.0)
}

fn schema(property: &Property) -> Value {
    let schema = of_generator(&property.generator);
    if has(property.null) { any_of(vec![schema, json!({ "type": "null" })]) } else { schema }
}

/// What fits one of some schemas.
fn any_of(mut schemas: Vec<Value>) -> Value {
    let mut different: Vec<Value> = Vec::with_capacity(schemas.len());
    for schema in schemas.drain(..) {
        if !different.contains(&schema) {
            different.push(schema);
        }
    }
    match different.len() {
        1 => different.remove(0),
        _ => json!({ "anyOf": different }),
    }
}

fn of_generator(generator: &Generator) -> Value {
    let number =
        |decimals: u32| json!({ "type": if decimals == 0 { "integer" } else { "number" } });
    let value = |text: &Vec<u8>| serde_json::from_slice::<Value>(text).unwrap_or_default();
    match generator {
        Generator::Constant(text) => json!({ "const": value(text) }),
        Generator::Choice { values, .. } | Generator::Variant { names: values, .. } => {
            let mut different: Vec<Value> = Vec::with_capacity(values.len());
            for value in values.iter().map(value) {
                if !different.contains(&value) {
                    different.push(value);
                }
            }
            json!({ "enum": different })
        }
        Generator::Pick { rows, .. } => of_rows(rows),
        Generator::Uniform { min, span, decimals } => {
            let mut schema = number(*decimals);
            let bound = |units: i64| match decimals {
                0 => json!(units),
                _ => json!(units as f64 / f64::from(10_u32.pow(*decimals))),
            };
            schema["minimum"] = bound(*min);
            schema["maximum"] = bound(min.saturating_add_unsigned(*span));
            schema
        }
        Generator::Continuous { decimals, .. }
        | Generator::Formula { decimals, .. }
        | Generator::Sum { decimals, .. }
        | Generator::Multiplied { decimals, .. } => number(*decimals),
        Generator::Count(_) => json!({ "type": "integer", "minimum": 0 }),
        Generator::Boolean(_) => json!({ "type": "boolean" }),
        Generator::Id { .. } | Generator::Text(_) => json!({ "type": "string" }),
        Generator::Counter { .. } => json!({ "type": "integer" }),
        Generator::Address(version) => {
            let format = match version {
                IpVersion::V4 => "ipv4",
                IpVersion::V6 => "ipv6",
            };
            json!({ "type": "string", "format": format })
        }
        Generator::DateTime { form, .. } => match form {
            MomentForm::DateTime => json!({ "type": "string", "format": "date-time" }),
            MomentForm::Date => json!({ "type": "string", "format": "date" }),
            MomentForm::UnixSeconds | MomentForm::UnixMillis => {
                json!({ "type": "integer", "minimum": 0 })
            }
        },
        Generator::By { properties, .. } => any_of(properties.iter().map(schema).collect()),
        Generator::Money { .. } => json!({ "type": "number" }),
        Generator::Cart(cart) => {
            let mut members = MemberSchemas::default();
            let taken = cart.event.properties.iter().zip(&cart.takes);
            members.add_all(taken.filter(|(_, is_taken)| **is_taken).map(|(property, _)| property));
            json!({ "type": "array", "items": members.object(), "maxItems": cart.most })
        }
        Generator::List { of, count } => json!({
            "type": "array",
            "items": schema(of),
            "minItems": count.min(),
            "maxItems": count.max(),
        }),
        Generator::Object(members) => {
            let mut schemas = MemberSchemas::default();
            schemas.add_all(members);
            schemas.object()
        }
    }
}

/// The schema of the rows of a table: of each column the types that its cells have.
fn of_rows(rows: &[Vec<u8>]) -> Value {
    let mut columns: IndexMap<String, Vec<Value>> = IndexMap::new();
    for row in rows {
        let row: Map<String, Value> = serde_json::from_slice(row).unwrap_or_default();
        for (name, cell) in row {
            let schema = of_cell(&cell);
            let schemas = columns.entry(name).or_default();
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    let required = columns.keys().cloned().collect();
    for schemas in columns.values_mut() {
        if schemas.contains(&json!({ "type": "number" })) {
            schemas.retain(|schema| *schema != json!({ "type": "integer" }));
        }
    }
    let properties = columns.into_iter().map(|(name, schemas)| (name, any_of(schemas))).collect();
    MemberSchemas { properties, required }.object()
}

fn of_cell(cell: &Value) -> Value {
    match cell {
        Value::Null => json!({ "type": "null" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(_) | Value::Object(_) => json!({ "const": cell }),
    }
}
