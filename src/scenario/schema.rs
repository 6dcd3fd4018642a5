//! The JSON Schema of scenario files, for editors.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::event::BuiltIn;

use super::{EventProbabilities, Scenario, event_keys, limits};

impl Scenario {
    /// The JSON Schema (draft 7, which YAML editors know best) of a scenario file.
    ///
    /// It knows keys, kinds, limits and defaults. What concerns more than one key, such as sums and
    /// crossed bounds, only reading the scenario can tell.
    pub fn schema() -> Value {
        let generator = SchemaSettings::draft07().into_generator();
        generator.into_root_schema_for::<Self>().to_value()
    }
}

impl JsonSchema for EventProbabilities {
    fn schema_name() -> Cow<'static, str> {
        "EventProbabilities".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let built_in: Map<String, Value> = BuiltIn::ALL
            .into_iter()
            .map(|built_in| {
                let description = format!("The share of `{}` events.", built_in.event_type());
                (built_in.scenario_key().to_owned(), share(&description))
            })
            .collect();
        let mistaken: Vec<&str> = event_keys::types_that_are_no_keys().collect();
        json_schema!({
            "description": "Each event's share of all events, summing to 1, or the word `auto`.",
            "anyOf": [
                { "const": "auto", "description": "No condition on the mix of events." },
                {
                    "type": "object",
                    "properties": built_in,
                    "additionalProperties": share("The share of a custom event."),
                    "propertyNames": {
                        "minLength": 1,
                        "maxLength": limits::MAX_NAME_CHARS,
                        "not": { "enum": mistaken },
                    },
                    "minProperties": 1,
                    "maxProperties": limits::LIST_ENTRIES,
                },
            ],
        })
    }
}

fn share(description: &str) -> Value {
    json!({
        "description": description,
        "type": "number",
        "minimum": limits::SHARE.min,
        "maximum": limits::SHARE.max,
    })
}
