//! The table of keys beside what is made of it: the schema and the starter file.

use event_simulator::MAX_USERS;
use event_simulator::scenario::{Problems, Scenario, shipped, starter};
use serde_json::{Value, json};

#[test]
fn the_starter_shows_every_key_with_its_default_and_meaning() {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("starter", starter());
    });
}

#[test]
fn schema_and_reader_agree_on_limits() {
    let schema = Scenario::schema(&[]);
    let sections = ["simulation", "user_behavior", "advanced", "user_journeys"];
    let mut numbers = 0;
    for section in sections {
        let schema = &schema["properties"][section];
        let (path, keys) = match schema.get("items") {
            Some(entry) => (format!("{section}[0]"), &entry["properties"]),
            None => (section.to_owned(), &schema["properties"]),
        };
        for (key, property) in keys.as_object().unwrap() {
            let Some(min) = property.get("minimum").and_then(Value::as_f64) else { continue };
            let max = property["maximum"].as_f64().unwrap();
            let step = if property["type"] == "integer" { 1.0 } else { 1e-4 };
            for (value, is_allowed) in
                [(min, true), (max, true), (min - step, false), (max + step, false)]
            {
                let found = refusal(&path, key, value);
                assert_eq!(found.is_none(), is_allowed, "{path}.{key}: {value}: {found:?}");
            }
            numbers += 1;
        }
    }
    let users = &schema["properties"]["simulation"]["properties"]["num_users"];
    assert_eq!(users["maximum"], json!(MAX_USERS));
    assert_eq!(numbers, 19, "every number has its limits in the schema");
}

/// What is said about a key's kind or limits if it has a value.
fn refusal(path: &str, key: &str, value: f64) -> Option<String> {
    let yaml = match path.strip_suffix("[0]") {
        Some(list) => format!("{list}: [{{ {key}: {value} }}]"),
        None => format!("{path}: {{ {key}: {value} }}"),
    };
    let problems: Problems = Scenario::from_yaml(&yaml).err()?;
    let wanted = format!("{path}.{key}");
    let mut problems = problems.iter();
    problems
        .find(|problem| problem.path == wanted && problem.message.starts_with("expected"))
        .map(|problem| problem.message.clone())
}

#[test]
fn shipped_scenarios_keep_to_the_schema() {
    let schema = Scenario::schema(&[]);
    for shipped in shipped::ALL {
        assert!(shipped.yaml.starts_with("# yaml-language-server: $schema=../schema/"));
        let scenario: Value = serde_yaml::from_str(shipped.yaml).unwrap();
        assert_eq!(violation(&schema, &schema, &scenario), None, "{}", shipped.name);
    }
    let starter: Value = serde_yaml::from_str(&starter()).unwrap();
    assert_eq!(violation(&schema, &schema, &starter), None);
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = Scenario::schema(&[]);
    for wrong in [
        json!({ "simulation": { "num_user": 1 } }),
        json!({ "simulation": { "num_users": 0 } }),
        json!({ "simulation": { "num_users": 1.5 } }),
        json!({ "simulation": { "timeout": "5" } }),
        json!({ "event_probabilities": "often" }),
        json!({ "event_probabilities": { "page_visited": 1 } }),
        json!({ "event_probabilities": { "video": 1.5 } }),
        json!({ "pages": [] }),
        json!({ "pages": [""] }),
        json!({ "user_journeys": [{ "name": "a" }] }),
        json!({ "flow": { "start": { "/": 2 } } }),
        json!({ "flow": { "pages": { "/": { "events": { "search": "often" } } } } }),
        json!({ "flow": { "pages": { "/": { "events": { "search": { "next": 1 } } } } } }),
        json!({ "traffic": { "hours": "noon" } }),
        json!({ "traffic": { "hours": [1, 2] } }),
        json!({ "traffic": { "retention": { "day_7": 2 } } }),
        json!([]),
    ] {
        assert!(violation(&schema, &schema, &wrong).is_some(), "{wrong}");
    }
}

/// Where and by which keyword a value breaks a schema, for the keywords that ours uses.
pub(super) fn violation(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let fails = |keyword: &str| Some(format!("{keyword}: {value}"));
    let size = || match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    for (keyword, rule) in schema.as_object()? {
        let broken = match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                violation(root, root.pointer(pointer).unwrap(), value)
            }
            "allOf" => rule.as_array()?.iter().find_map(|rule| violation(root, rule, value)),
            "anyOf" => {
                let fits = |rule: &Value| violation(root, rule, value).is_none();
                if rule.as_array()?.iter().any(fits) { None } else { fails(keyword) }
            }
            "not" if violation(root, rule, value).is_none() => fails(keyword),
            "const" if rule != value => fails(keyword),
            "enum" if !rule.as_array()?.contains(value) => fails(keyword),
            "type" if !is_of_a_type(value, rule) => fails(keyword),
            "minimum" if value.as_f64() < rule.as_f64() => fails(keyword),
            "maximum" if value.as_f64() > rule.as_f64() => fails(keyword),
            "minLength" | "minItems" | "minProperties" if (size() as u64) < rule.as_u64()? => {
                fails(keyword)
            }
            "maxLength" | "maxItems" | "maxProperties" if size() as u64 > rule.as_u64()? => {
                fails(keyword)
            }
            "items" => value
                .as_array()
                .and_then(|items| items.iter().find_map(|item| violation(root, rule, item))),
            "required" => rule
                .as_array()?
                .iter()
                .find(|key| value.get(key.as_str().unwrap()).is_none())
                .and_then(|_| fails(keyword)),
            "propertyNames" => value.as_object().and_then(|members| {
                members.keys().find_map(|key| violation(root, rule, &json!(key)))
            }),
            "properties" => value.as_object().and_then(|members| {
                members.iter().find_map(|(key, value)| violation(root, rule.get(key)?, value))
            }),
            "additionalProperties" => value.as_object().and_then(|members| {
                let named = schema.get("properties");
                let mut others =
                    members.iter().filter(|(key, _)| named.is_none_or(|n| n.get(key).is_none()));
                match rule {
                    Value::Bool(false) => others.next().and_then(|_| fails(keyword)),
                    rule => others.find_map(|(_, value)| violation(root, rule, value)),
                }
            }),
            _ => None,
        };
        if broken.is_some() {
            return broken;
        }
    }
    None
}

/// A type, or one of several.
fn is_of_a_type(value: &Value, rule: &Value) -> bool {
    match rule.as_array() {
        Some(types) => types.iter().any(|name| is_of_a_type(value, name)),
        None => is_of_type(value, rule.as_str().unwrap()),
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => false,
    }
}
