//! What a scenario says of sending: some of its keys, and its `replay` section.

use std::path::PathBuf;
use std::time::Duration;

use event_simulator::Scenario;
use event_simulator::scenario::{Problem, nearest};
use serde_json::{Map, Value, json};

use crate::config::{Config, ConfigOption, HttpConfig, OPTIONS, OptionKind, TargetConfig, Timeout};

/// The file for events that cannot be delivered, unless the section names another.
const DEAD_LETTERS: &str = "dead-letters.jsonl";

impl Config {
    /// The configuration for sending a scenario's events as they happen.
    ///
    /// # Errors
    ///
    /// All problems of the `replay` section, and of the other keys that are about sending.
    pub fn for_scenario(scenario: &Scenario) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut config = base(scenario, &mut problems);
        apply_section(&scenario.replay, &mut config, &mut problems);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

/// What the keys outside the section say.
fn base(scenario: &Scenario, problems: &mut Vec<Problem>) -> Config {
    let Scenario { simulation, advanced, .. } = scenario;
    let mut http = HttpConfig::default();
    let timeout = Duration::try_from_secs_f64(simulation.timeout).ok().and_then(Timeout::new);
    let timeout = timeout.ok_or("expected more than 0 seconds, within reason");
    let user_agent = advanced.user_agent.parse().map_err(|_| "this cannot be a header's value");
    put(&mut http.url, simulation.api_url.parse(), "simulation.api_url", problems);
    put(&mut http.timeout, timeout, "simulation.timeout", problems);
    put(&mut http.user_agent, user_agent, "advanced.user_agent", problems);
    let mut config = Config { target: TargetConfig::Http(http), ..Config::default() };
    config.retry.retries = if advanced.retry_on_failure { advanced.max_retries } else { 0 };
    config.records.dead_letters = Some(PathBuf::from(DEAD_LETTERS));
    config
}

fn put<T, E: Into<String>>(
    slot: &mut T,
    value: Result<T, E>,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    match value {
        Ok(value) => *slot = value,
        Err(reason) => problems.push(Problem::error(path, reason)),
    }
}

fn apply_section(section: &Map<String, Value>, config: &mut Config, problems: &mut Vec<Problem>) {
    let problem = |key: &str, reason| Problem::error(format!("replay.{key}"), reason);
    for key in section.keys() {
        if !OPTIONS.iter().any(|option| option.name == key) {
            let names = || OPTIONS.iter().map(|option| option.name);
            problems.push(problem(key, "unknown key".to_owned()).help(
                match nearest(key, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("allowed here: {}", names().collect::<Vec<_>>().join(", ")),
                },
            ));
        }
    }
    for option in OPTIONS {
        let Some(value) = section.get(option.name) else { continue };
        if let Err(reason) = set(option, value, config) {
            problems.push(problem(option.name, reason));
        }
        if let Some(other) = option.excludes.filter(|other| section.contains_key(*other)) {
            problems.push(problem(option.name, format!("either this or {other}")));
        }
    }
}

/// Sets an option to a value of the section.
fn set(option: &ConfigOption, value: &Value, config: &mut Config) -> Result<(), String> {
    if value.is_null() {
        let unset = option.unset(config);
        return unset
            .then_some(())
            .ok_or_else(|| format!("expected {}, found null", wanted(option)));
    }
    if let (OptionKind::List, Value::Array(items)) = (option.kind, value) {
        for item in items {
            let text = item.as_str().ok_or_else(|| format!("expected {}", wanted(option)))?;
            option.set(config, text)?;
        }
        return Ok(());
    }
    let text = match (option.kind, value) {
        (OptionKind::Switch, Value::Bool(value)) => value.to_string(),
        (OptionKind::Duration, Value::Number(seconds)) => format!("{seconds}s"),
        (
            OptionKind::Whole(..)
            | OptionKind::Number(..)
            | OptionKind::Parsed
            | OptionKind::Choice(_),
            Value::Number(number),
        ) => number.to_string(),
        (
            OptionKind::Text
            | OptionKind::File
            | OptionKind::Duration
            | OptionKind::Parsed
            | OptionKind::Choice(_),
            Value::String(text),
        ) => text.clone(),
        _ => return Err(format!("expected {}", wanted(option))),
    };
    option.set(config, text)
}

fn wanted(option: &ConfigOption) -> String {
    match option.kind {
        OptionKind::Text => "a text".to_owned(),
        OptionKind::File => "the name of a file".to_owned(),
        OptionKind::Switch => "true or false".to_owned(),
        OptionKind::List => "a list of texts".to_owned(),
        OptionKind::Whole(least, most) => format!("a whole number from {least} to {most}"),
        OptionKind::Number(least, most) => format!("a number from {least} to {most}"),
        OptionKind::Duration => "a time such as 50ms, or a number of seconds".to_owned(),
        OptionKind::Parsed => "a number or a text".to_owned(),
        OptionKind::Choice(choices) => {
            let words: Vec<_> = choices().into_iter().map(|(word, _)| word).collect();
            format!("one of {}", words.join(", "))
        }
    }
}

/// The JSON Schema of the section.
pub fn section_schema() -> Value {
    let properties: Map<String, Value> =
        OPTIONS.iter().map(|option| (option.name.to_owned(), option_schema(option))).collect();
    json!({
        "description": "How `run` sends: the options of `replay --help`, with `_` for `-`.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn option_schema(option: &ConfigOption) -> Value {
    let mut schema = match option.kind {
        OptionKind::Text | OptionKind::File => json!({ "type": "string" }),
        OptionKind::Switch => json!({ "type": "boolean" }),
        OptionKind::List => json!({ "type": "array", "items": { "type": "string" } }),
        OptionKind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        OptionKind::Number(least, most) => {
            json!({ "type": "number", "minimum": least, "maximum": most })
        }
        OptionKind::Duration | OptionKind::Parsed => json!({ "type": ["string", "number"] }),
        OptionKind::Choice(choices) => {
            let words: Vec<_> = choices().into_iter().map(|(word, _)| word).collect();
            json!({ "enum": words })
        }
    };
    schema["description"] = option.doc.into();
    if let Some(default) = option.default {
        schema["default"] = match option.kind {
            OptionKind::Switch | OptionKind::Whole(..) | OptionKind::Number(..) => {
                serde_json::from_str(default).unwrap_or_default()
            }
            _ => default.into(),
        };
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Auth, Pace, Speed};

    fn config(yaml: &str) -> Result<Config, Vec<Problem>> {
        Config::for_scenario(&Scenario::from_yaml(yaml).unwrap())
    }

    #[test]
    fn the_section_wins_over_the_scenario_s_other_keys() {
        let found = config(
            "simulation: { api_url: 'http://a/', timeout: 7 }\n\
             advanced: { max_retries: 9 }\n\
             replay: { url: 'http://b/${X}', speed: 60, retries: 1, batch_wait: 2, \
             headers: ['A: 1', 'B: ${C}'], dead_letters: null, insecure: true, bearer: '${T}' }",
        );
        let config = found.unwrap();
        let TargetConfig::Http(http) = &config.target;
        assert_eq!(http.url.to_string(), "http://b/${X}");
        assert_eq!(http.timeout.duration(), Duration::from_secs(7));
        assert_eq!(http.headers.len(), 2);
        assert!(http.tls.insecure && matches!(http.auth, Some(Auth::Bearer(_))));
        assert_eq!(config.schedule.pace, Pace::Speed(Speed::nearest(60.0)));
        assert_eq!(config.batching.wait, Duration::from_secs(2));
        assert_eq!((config.retry.retries, config.records.dead_letters), (1, None));
    }

    #[test]
    fn retries_and_dead_letters_are_those_of_the_guide() {
        let config = config("advanced: { retry_on_failure: false, user_agent: Own }").unwrap();
        assert_eq!(config.retry.retries, 0);
        assert_eq!(config.records.dead_letters, Some("dead-letters.jsonl".into()));
    }

    #[test]
    fn every_problem_of_the_section_is_found() {
        let problems = config(
            "replay: { batch: 1.5, in_flight: none, headers: x, insecure: 1, sped: 2, http: 3, \
             speed: 2, rate: 1/s, strict: null, url: 7, client_key: k, timeout: soon }",
        )
        .unwrap_err();
        let mut keys: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        keys.sort_unstable();
        let expected = [
            "replay.batch",
            "replay.client_key",
            "replay.headers",
            "replay.http",
            "replay.in_flight",
            "replay.insecure",
            "replay.rate",
            "replay.sped",
            "replay.strict",
            "replay.timeout",
            "replay.url",
        ];
        assert_eq!(keys, expected, "{problems:#?}");
    }
}
