//! The configuration that a scenario asks for: some of its keys, and its `replay` section.

use std::path::PathBuf;
use std::time::Duration;

use event_simulator::Scenario;
use event_simulator::quantity::parse_duration;
use event_simulator::scenario::kinds::{
    Decimal, Flag, NameList, OneOf, Optional, Parsed, ScalarKind, Text, Whole,
};
use event_simulator::scenario::{
    KeyKind, KeyValue, OwnedSection, Problem, ScenarioKey, Section, Visit,
};
use serde_json::{Value, json};

use crate::config::{Config, ConfigOption, OPTIONS, OptionKind, TargetConfig, Timeout, mask_value};

/// The section's key.
const KEY: &str = "replay";
/// The file for events that cannot be delivered, unless the section names another.
const DEAD_LETTERS: &str = "dead-letters.jsonl";
/// Options that are about a timeline that is a file.
const RECORDED_ONLY: [&str; 2] = ["journal", "resume"];

/// The `replay` section of a scenario: how `run` sends, by the names of the options.
pub const SECTION: OwnedSection = OwnedSection {
    key: KEY,
    visit: |section| visit(&mut Config::default(), section),
    mask: mask_value,
};

impl Config {
    /// The configuration for sending a scenario's events as they happen: its `replay` section, and
    /// what that leaves open by `simulation` and `advanced`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, each with the path of its key.
    pub fn for_scenario(scenario: &Scenario) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut config = base(scenario, &mut problems);
        let section = Section::read(KEY, &scenario.replay, |section| visit(&mut config, section));
        problems.extend(section.err().into_iter().flatten());
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

/// The configuration by the keys outside the section.
fn base(scenario: &Scenario, problems: &mut Vec<Problem>) -> Config {
    let Scenario { simulation, advanced, .. } = scenario;
    let mut target = TargetConfig::default();
    let timeout = Duration::try_from_secs_f64(simulation.timeout).ok().and_then(Timeout::new);
    let timeout = timeout.ok_or("expected more than 0 seconds, within reason");
    let user_agent = advanced.user_agent.parse().map_err(|_| "this cannot be a header's value");
    put(&mut target.url, simulation.api_url.parse(), "simulation.api_url", problems);
    put(&mut target.timeout, timeout.map(Some), "simulation.timeout", problems);
    put(&mut target.http.user_agent, user_agent, "advanced.user_agent", problems);
    let mut config = Config { target, ..Config::default() };
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

/// Asks the section for each option, and sets those that it has.
fn visit(config: &mut Config, section: &mut Section<'_>) {
    for option in OPTIONS {
        if RECORDED_ONLY.contains(&option.name) {
            let reason = "only `replay` of a timeline that is a file can be resumed";
            section.refuse(option.name, reason);
            continue;
        }
        let written = ask(option, section);
        if !section.is_given(option.name) {
            continue;
        }
        for text in &written {
            if let Err(reason) = option.set(config, text) {
                section.report(option.name, &reason);
            }
        }
        if written.is_empty()
            && !matches!(option.kind, OptionKind::List(_) | OptionKind::Lines(_))
            && !option.unset(config)
        {
            section.report(option.name, "leave the key out for the default");
        }
        if let Some(other) = option.excludes.filter(|other| section.is_given(other)) {
            section.report(option.name, &format!("either this or `{other}`"));
        }
    }
}

/// The values that the section has for an option, as they would be written.
fn ask(option: &'static ConfigOption, section: &mut Section<'_>) -> Vec<String> {
    match option.kind {
        OptionKind::Text => ask_scalar(option, TEXT, section),
        OptionKind::File => ask_scalar(option, FILE, section),
        OptionKind::Switch => ask_scalar(option, Flag, section),
        OptionKind::Whole(min, max) => ask_scalar(option, Whole(min, max), section),
        OptionKind::Number(min, max) => ask_scalar(option, Decimal { min, max, unit: "" }, section),
        OptionKind::Duration => ask_scalar(option, DURATION, section),
        OptionKind::Parsed(wanted) => ask_scalar(option, Parsed { wanted, ..TEXT }, section),
        OptionKind::Choice(words) => ask_scalar(option, OneOf(words), section),
        OptionKind::List(check) | OptionKind::Lines(check) => {
            let mut texts = Vec::new();
            section.key(
                option.name,
                &OptionKey { option, kind: list_of(check) },
                option.doc,
                &mut texts,
            );
            texts
        }
    }
}

fn ask_scalar<K: ScalarKind>(
    option: &'static ConfigOption,
    kind: K,
    section: &mut Section<'_>,
) -> Vec<String> {
    let mut value = None;
    let key = OptionKey { option, kind: Optional(kind) };
    section.key(option.name, &key, option.doc, &mut value);
    let text = value.map(|value| match key.kind.0.plain(&value) {
        Value::String(text) => text,
        other => other.to_string(),
    });
    text.into_iter().collect()
}

/// A kind of values, with the option's own default.
struct OptionKey<K> {
    option: &'static ConfigOption,
    kind: K,
}

impl<T, K: KeyKind<T>> KeyKind<T> for OptionKey<K> {
    fn visit(&self, value: &mut T, field: &KeyValue<'_>, visit: &mut Visit) {
        self.kind.visit(value, field, visit);
    }

    fn schema(&self, keys: &[ScenarioKey]) -> Value {
        self.kind.schema(keys)
    }

    fn limits(&self) -> String {
        self.kind.limits()
    }

    fn default(&self, _: &T) -> Option<Value> {
        let default = self.option.default?;
        let is_text = !matches!(
            self.option.kind,
            OptionKind::Switch | OptionKind::Whole(..) | OptionKind::Number(..)
        );
        if is_text { Some(default.into()) } else { serde_json::from_str(default).ok() }
    }
}

/// Any text or number. It is taken as it stands, so that no message shows what may be a secret.
const TEXT: Parsed<String> =
    Parsed { wanted: "a text", parse: |text| Some(text.to_owned()), write: String::clone };
const FILE: Parsed<String> = Parsed {
    wanted: "the name of a file",
    parse: |text| (!text.is_empty()).then(|| text.to_owned()),
    ..TEXT
};
const DURATION: Parsed<String> = Parsed {
    wanted: "a time such as 50ms, 5s or 10m, or a number of seconds",
    parse: |text| {
        let is_number = text.parse::<f64>().is_ok();
        let with_unit = if is_number { format!("{text}s") } else { text.to_owned() };
        parse_duration(&with_unit).is_ok().then_some(with_unit)
    },
    ..TEXT
};

/// A list of texts that `check` takes.
fn list_of(check: fn(&str) -> Result<(), String>) -> NameList {
    let item = Text { check, limits: "", schema: || json!({}) };
    NameList { item, least: 0, is_unique: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Auth, ReplayPace, Speed};
    use event_simulator::scenario::{Loaded, SideFiles};

    fn config(yaml: &str) -> Result<Config, Vec<Problem>> {
        Config::for_scenario(&Scenario::from_yaml(yaml).unwrap())
    }

    #[test]
    fn the_section_wins_over_the_scenario_s_other_keys() {
        let found = config(
            "simulation: { api_url: 'http://a/', timeout: 7 }\n\
             advanced: { max_retries: 9 }\n\
             replay: { url: 'http://b/${X}', speed: 60, retries: 1, batch_wait: 2, \
             headers: ['A: 1', 'B: ${C}'], dead_letters: null, insecure: true, bearer: '${T}', \
             http: 1.1 }",
        );
        let config = found.unwrap();
        let target = &config.target;
        assert_eq!(target.url.to_string(), "http://b/${X}");
        assert_eq!(target.timeout(), Duration::from_secs(7));
        assert_eq!(target.http.headers.len(), 2);
        assert!(target.tls.insecure && matches!(target.auth, Some(Auth::Bearer(_))));
        assert_eq!(config.schedule.pace, ReplayPace::Speed(Speed::nearest(60.0)));
        assert_eq!(config.batch_wait(), Duration::from_secs(2));
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
        let yaml = "replay: { batch: 1.5, in_flight: none, headers: x, insecure: 1, sped: 2, \
                    http: 3, speed: 2, rate: 1/s, strict: null, url: 7, client_key: k, \
                    timeout: soon, journal: j, bearer: a, basic: 'b:c', success: 658xx, \
                    event_time: [now], retry_budget: .nan }";
        let problems = config(yaml).unwrap_err();
        let mut keys: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        keys.sort_unstable();
        let names = [
            "basic",
            "batch",
            "client_key",
            "event_time",
            "headers",
            "http",
            "in_flight",
            "insecure",
            "journal",
            "rate",
            "retry_budget",
            "sped",
            "strict",
            "success",
            "timeout",
            "url",
        ];
        let expected = names.map(|name| format!("replay.{name}"));
        assert_eq!(keys, expected, "{problems:#?}");

        let whole =
            Loaded::read(yaml.as_bytes(), "s.yaml", &[SECTION], &SideFiles::default()).unwrap_err();
        assert_eq!(whole.iter().count(), problems.len());
    }

    #[test]
    fn no_problem_repeats_what_may_be_a_secret() {
        for yaml in [
            "replay: secret",
            "replay: { headers: 'X: secret' }",
            "replay: { headers: ['X secret'] }",
            "replay: { bearer: \"se\\ncret\" }",
            "replay: { basic: secret }",
            "replay: { proxy: 'http://secret:x:y' }",
            "replay: { url: 'htp://me:secret@h' }",
            "simulation: { api_url: 'htp://me:secret@h' }",
        ] {
            let problems =
                match Loaded::read(yaml.as_bytes(), "s.yaml", &[SECTION], &SideFiles::default()) {
                    Ok(loaded) => {
                        format!("{:?}", Config::for_scenario(&loaded.scenario).unwrap_err())
                    }
                    Err(problems) => problems.to_string(),
                };
            assert!(!problems.contains("cret"), "{problems}");
        }
    }

    #[test]
    fn the_section_s_keys_are_described_with_their_defaults() {
        let keys = Scenario::keys(&[SECTION]);
        let section = keys.iter().find(|key| key.name == KEY).unwrap();
        let key = |name: &str| section.keys.iter().find(|key| key.name == name).unwrap();
        assert_eq!(key("retries").default, Some(json!(3)));
        assert_eq!(key("backoff").default, Some(json!("100ms")));
        assert_eq!(key("on_outage").default, None);
        assert_eq!(key("on_outage").schema, json!({ "enum": ["wait", "abort"] }));
        assert_eq!(section.keys.len(), OPTIONS.len() - RECORDED_ONLY.len());
    }
}
