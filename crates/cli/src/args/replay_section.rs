//! The `replay` section of a scenario: the options of a replay, by their names.

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use event_simulator::scenario::{Loaded, Problem, nearest};
use event_simulator_replay::Options;

/// The `base` options, with what the scenario's `replay` section says instead.
pub(crate) fn apply(loaded: &Loaded, base: &Options) -> Result<Options, Failure> {
    let section = &loaded.scenario.replay;
    let mut all = options_as_map(base);
    let mut problems = Vec::new();
    let mut sound = section.clone();
    for (key, value) in section {
        if let Some(problem) = problem(&all, key, value) {
            problems.push(problem);
            sound.remove(key);
        }
    }
    all.extend(sound);
    let options: Options = serde_json::from_value(Value::Object(all))
        .map_err(|error| Failure::Usage(format!("{}: replay: {error}", loaded.source.name())))?;
    let found = options.problems().into_iter().chain(contradiction(section));
    let found = found.filter(|(key, _)| section.contains_key(*key));
    problems.extend(found.map(|(key, reason)| Problem::error(format!("replay.{key}"), reason)));
    if problems.is_empty() {
        Ok(options)
    } else {
        Err(Failure::Scenario(loaded.source.problems(problems)))
    }
}

fn contradiction(section: &Map<String, Value>) -> Option<(&'static str, String)> {
    section.contains_key("speed").then(|| ("rate", "either this or speed".to_owned()))
}

/// What is wrong with one option, if anything.
fn problem(known: &Map<String, Value>, key: &str, value: &Value) -> Option<Problem> {
    let path = format!("replay.{key}");
    if !known.contains_key(key) {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let problem = Problem::error(path, "unknown key");
        return Some(problem.help(match nearest(key, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("allowed here: {}", names.join(", ")),
        }));
    }
    let alone = json!({ key: value });
    let error = serde_json::from_value::<Options>(alone).err()?;
    Some(Problem::error(path, error.to_string()))
}

fn options_as_map(options: &Options) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The JSON Schema of the section: its keys, with the kinds and values of their defaults.
pub(crate) fn schema() -> Value {
    let properties: Map<String, Value> = options_as_map(&Options::default())
        .into_iter()
        .map(|(key, value)| {
            let kind = match &value {
                Value::Bool(_) => json!("boolean"),
                Value::Array(_) => json!("array"),
                _ => json!(["string", "number", "null"]),
            };
            (key, json!({ "type": kind, "default": value }))
        })
        .collect();
    json!({
        "description": "How `run` sends: the options of `replay --help`, with `_` for `-`.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}
