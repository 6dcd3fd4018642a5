//! The table of keys as data, and as a JSON Schema.

use serde_json::{Value, json};

use super::events::{EventSpec, PropertySpec};
use super::key_value::KeyValue;
use super::keys::Scenario;
use super::scenario_key::{ScenarioKey, object_schema};
use super::section::{Keys, OwnedSection, Visit};

impl Scenario {
    /// All keys, in the order of the starter file; those of a section that is owned elsewhere by its
    /// owner's word.
    pub fn keys(owners: &[OwnedSection]) -> Vec<ScenarioKey> {
        let mut visit = Visit::describing(owners);
        visit.described(|visit| {
            visit.section(&KeyValue::document(None), |top| Self::default().visit(top));
        })
    }

    /// The keys of a property in the `events` section, those of its generators within them.
    pub fn property_keys() -> Vec<ScenarioKey> {
        keys_of(&mut PropertySpec::default())
    }

    /// The JSON Schema (draft 7, which YAML editors know best) of a scenario file.
    ///
    /// The schema knows keys, kinds, limits and defaults. What concerns more than one key, such as sums and
    /// crossed bounds, only reading the scenario can tell.
    pub fn schema(owners: &[OwnedSection]) -> Value {
        let mut schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Scenario",
            "description": "One scenario: who visits the site, how they behave, and where the events go.",
        });
        if let (Value::Object(whole), Value::Object(keys)) =
            (&mut schema, object_schema(&Self::keys(owners)))
        {
            whole.extend(keys);
        }
        schema["definitions"] = json!({
            "event": object_schema(&keys_of(&mut EventSpec::default())),
            "property": object_schema(&Self::property_keys()),
        });
        schema
    }
}

/// The keys that a value has.
fn keys_of(value: &mut impl Keys) -> Vec<ScenarioKey> {
    Visit::describing(&[])
        .described(|visit| visit.section(&KeyValue::document(None), |section| value.visit(section)))
}
