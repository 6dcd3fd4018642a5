//! The mix of events: a mapping of names to shares, or the word `auto`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::number::SHARE;
use super::scalar::ScalarKind;
use crate::event::BuiltIn;
use crate::scenario::event_probabilities::{
    AutoWord, EventProbabilities, check_key, default_share, types_that_are_no_keys,
};
use crate::scenario::key_value::KeyValue;
use crate::scenario::limits::{LIST_ENTRIES, MAX_NAME_CHARS};
use crate::scenario::path::join;
use crate::scenario::problem::Position;
use crate::scenario::scenario_key::ScenarioKey;
use crate::scenario::section::{KeyKind, Visit};
use crate::scenario::yaml::Content;

/// The shares of the events.
#[derive(Clone, Copy, Debug)]
pub(in crate::scenario) struct EventShares;

impl KeyKind<EventProbabilities> for EventShares {
    fn visit(&self, value: &mut EventProbabilities, field: &KeyValue<'_>, visit: &mut Visit) {
        visit.know(&field.path, BuiltIn::ALL.map(BuiltIn::scenario_key));
        if visit.describes() {
            return BuiltIn::ALL.map(share_key).into_iter().for_each(|key| visit.describe(key));
        }
        let shares = match (field.node.map(|node| &node.content), &value) {
            (None, EventProbabilities::Auto(_)) => return,
            (None, EventProbabilities::Shares(shares)) => {
                let place = |key| KeyValue::absent(join(&field.path, key), None);
                let shares = shares.iter().map(|(key, share)| (key, None, *share, place(key)));
                checked(shares, field, visit)
            }
            (Some(Content::Scalar(scalar)), _) if scalar.text == "auto" => {
                *value = EventProbabilities::Auto(AutoWord::Auto);
                return;
            }
            (Some(Content::Map(entries)), _) => {
                visit.report_duplicates(entries, &field.path);
                let place = |entry| KeyValue::entry(entry, &field.path);
                let shares =
                    entries.iter().map(|entry| (&entry.key, entry.position, 0.0, place(entry)));
                checked(shares, field, visit)
            }
            (Some(_), _) => {
                let problem = field.expected("each event's share, or the word `auto`");
                return visit
                    .report(problem.help("one event a line, such as `button_click: 0.40`"));
            }
        };
        if visit.is_sound(&field.path) {
            *value = EventProbabilities::Shares(shares);
        }
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        let share = |description: &str| {
            let mut share = ScalarKind::schema(&SHARE);
            share["description"] = json!(description);
            share
        };
        let built_in: Map<String, Value> =
            keys.iter().map(|key| (key.name.to_owned(), share(&key.doc))).collect();
        let mistaken: Vec<&str> = types_that_are_no_keys().collect();
        json!({
            "anyOf": [
                { "const": "auto", "description": "No condition on the mix of events." },
                {
                    "type": "object",
                    "properties": built_in,
                    "additionalProperties": share("The share of a custom event."),
                    "propertyNames": {
                        "minLength": 1,
                        "maxLength": MAX_NAME_CHARS,
                        "not": { "enum": mistaken },
                    },
                    "minProperties": 1,
                    "maxProperties": LIST_ENTRIES,
                },
            ],
        })
    }

    fn limits(&self) -> String {
        "sum to 1".to_owned()
    }

    fn default(&self, value: &EventProbabilities) -> Option<Value> {
        serde_json::to_value(value).ok()
    }
}

/// Reads or checks each share; a key is pointed at by its own position.
fn checked<'a>(
    shares: impl Iterator<Item = (&'a String, Option<Position>, f64, KeyValue<'a>)>,
    field: &KeyValue<'_>,
    visit: &mut Visit,
) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for (key, position, mut share, place) in shares {
        if let Some(problem) = check_key(key, &place.path) {
            visit.report(problem.at(position));
        }
        SHARE.visit(&mut share, &place, visit);
        found.insert(key.clone(), share);
    }
    if found.len() > LIST_ENTRIES {
        visit.report(field.problem(format!("at most {LIST_ENTRIES} events are allowed")));
    }
    found
}

fn share_key(event: BuiltIn) -> ScenarioKey {
    ScenarioKey {
        name: event.scenario_key(),
        doc: format!("The share of `{}` events.", event.event_type()),
        limits: ScalarKind::limits(&SHARE),
        default: Some(json!(default_share(event))),
        is_required: false,
        schema: ScalarKind::schema(&SHARE),
        keys: Vec::new(),
    }
}
