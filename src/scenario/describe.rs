//! The table of keys as data, and as a JSON Schema.

use serde_json::{Value, json};

use super::events::{EventSpec, PropertySpec};
use super::faults::FaultSpec;
use super::flow::{FlowEventSpec, FlowPageSpec, FlowSpec, FunnelSpec, GoalSpec};
use super::key_value::KeyValue;
use super::keys::Scenario;
use super::policy::{FunnelRules, PolicySpec};
use super::scenario_key::{ScenarioKey, object_schema};
use super::section::{Keys, OwnedSection, Visit};
use super::traffic::TrafficSpec;

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

    /// The keys of a flow, of a page in it, of an event there, of a goal and of a funnel, each with the name of its
    /// definition in the schema.
    pub fn flow_keys() -> [(&'static str, Vec<ScenarioKey>); 5] {
        [
            ("flow", keys_of(&mut FlowSpec::default())),
            ("flow_page", keys_of(&mut FlowPageSpec::default())),
            ("flow_event", keys_of(&mut FlowEventSpec::default())),
            ("goal", keys_of(&mut GoalSpec::default())),
            ("funnel", keys_of(&mut FunnelSpec::default())),
        ]
    }

    /// The keys of traffic.
    pub fn traffic_keys() -> Vec<ScenarioKey> {
        keys_of(&mut TrafficSpec::default())
    }

    /// The keys of a policy, and of a funnel in it, each with the name of its definition in the schema.
    pub fn policy_keys() -> [(&'static str, Vec<ScenarioKey>); 2] {
        [
            ("policy", keys_of(&mut PolicySpec::default())),
            ("policy_funnel", keys_of(&mut FunnelRules::default())),
        ]
    }

    /// The keys of a fault.
    pub fn fault_keys() -> Vec<ScenarioKey> {
        keys_of(&mut FaultSpec::default())
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
            "traffic": object_schema(&Self::traffic_keys()),
            "fault": object_schema(&Self::fault_keys()),
        });
        for (name, keys) in Self::flow_keys().into_iter().chain(Self::policy_keys()) {
            schema["definitions"][name] = object_schema(&keys);
        }
        schema
    }
}

/// The keys that a value has.
fn keys_of(value: &mut impl Keys) -> Vec<ScenarioKey> {
    Visit::describing(&[])
        .described(|visit| visit.section(&KeyValue::document(None), |section| value.visit(section)))
}
