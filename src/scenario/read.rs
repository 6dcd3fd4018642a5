//! A scenario from YAML: each key, its kind and its limits.

use std::collections::BTreeMap;

use crate::event::BuiltIn;

use super::field::{self, Field};
use super::limits;
use super::problem::{Problem, Severity};
use super::section::{self, Findings, Section};
use super::yaml::{Entry, Node, Scalar, Value};
use super::{
    Advanced, AutoWord, EventProbabilities, Journey, Scenario, Simulation, UserBehavior,
    event_keys, journey_names,
};

/// The scenario that a document describes, with every problem that it has. Where a problem is an
/// error the scenario holds the default.
pub(super) fn scenario(document: &Node) -> (Scenario, Vec<Problem>) {
    let mut scenario = Scenario::default();
    let mut findings = Findings::default();
    Section::read(&Field::document(document), &mut findings, |top| {
        top.seed("seed", &mut scenario.seed);
        top.text("start_time", &mut scenario.start_time, start_time);
        top.section("simulation", |section| simulation(section, &mut scenario.simulation));
        top.section("user_behavior", |section| user_behavior(section, &mut scenario.user_behavior));
        top.value_with("event_probabilities", &mut scenario.event_probabilities, probabilities);
        top.has_keys("event_probabilities", BuiltIn::ALL.map(BuiltIn::scenario_key));
        top.names("pages", &mut scenario.pages);
        top.names("buttons", &mut scenario.buttons);
        let blank =
            Journey { name: String::new(), probability: 0.0, path: vec![], likely_clicks: vec![] };
        top.list("user_journeys", &mut scenario.user_journeys, &blank, journey);
        journey_names::fill_in(&mut scenario.user_journeys);
        top.section("advanced", |section| advanced(section, &mut scenario.advanced));
        top.value_with("replay", &mut scenario.replay, raw_mapping);
        check_lists(top, &scenario);
    });
    (scenario, findings.into_problems())
}

/// A mapping as plain data, for whoever knows what it means.
fn raw_mapping(
    field: &Field<'_>,
    problems: &mut Vec<Problem>,
) -> Option<serde_json::Map<String, serde_json::Value>> {
    match (&field.node.value, field.node.value.to_json()) {
        (Value::Scalar(scalar), _) if scalar.is_null() => Some(serde_json::Map::new()),
        (_, serde_json::Value::Object(mapping)) => Some(mapping),
        _ => {
            problems.push(field.problem("expected a mapping of options".to_owned()));
            None
        }
    }
}

fn start_time(text: &str) -> Result<crate::VirtualTime, String> {
    match text {
        "now" => Err("a scenario means the same for ever, so `now` is only to be had on the \
                      command line: --start now"
            .to_owned()),
        _ => text.parse().map_err(|error: crate::ParseTimeError| error.to_string()),
    }
}

fn simulation(section: &mut Section<'_>, out: &mut Simulation) {
    section.count("num_users", &mut out.num_users, limits::USERS);
    section.number("duration_seconds", &mut out.duration_seconds, limits::SECONDS);
    section.number("ramp_up_seconds", &mut out.ramp_up_seconds, limits::SECONDS);
    section.number("base_interval", &mut out.base_interval, limits::POSITIVE_SECONDS);
    section.number("interval_variance", &mut out.interval_variance, limits::SHARE);
    section.text("api_url", &mut out.api_url, api_url);
    section.number("timeout", &mut out.timeout, limits::POSITIVE_SECONDS);
}

/// Checks that a text is a URL that events can be sent to.
fn api_url(text: &str) -> Result<String, String> {
    const EXAMPLE: &str = "such as http://localhost:8000/api/events";
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        Ok(url) => Err(format!(
            "expected an http or https URL, {EXAMPLE}; found the scheme {:?}",
            url.scheme()
        )),
        Err(error) => Err(format!("{text:?} is not a URL, {EXAMPLE}: {error}")),
    }
}

/// Checks a number of seconds that comes from elsewhere than a file.
pub(crate) fn check_seconds(seconds: f64) -> Result<f64, String> {
    let (least, most) = (limits::SECONDS.min, limits::SECONDS.max);
    if limits::SECONDS.contains(seconds) {
        return Ok(seconds);
    }
    Err(format!("expected {least} to {most} seconds, found {seconds}"))
}

fn user_behavior(section: &mut Section<'_>, out: &mut UserBehavior) {
    let seconds = limits::SECONDS;
    section.number("session_duration_min", &mut out.session_duration_min, seconds);
    section.number("session_duration_max", &mut out.session_duration_max, seconds);
    let pages = limits::PAGES_PER_SESSION;
    section.count("pages_per_session_min", &mut out.pages_per_session_min, pages);
    section.count("pages_per_session_max", &mut out.pages_per_session_max, pages);
    section.number("time_per_page_min", &mut out.time_per_page_min, seconds);
    section.number("time_per_page_max", &mut out.time_per_page_max, seconds);
    let clicks = limits::CLICKS_PER_PAGE;
    section.count("clicks_per_page_min", &mut out.clicks_per_page_min, clicks);
    section.count("clicks_per_page_max", &mut out.clicks_per_page_max, clicks);
    section.number("time_between_sessions_min", &mut out.time_between_sessions_min, seconds);
    section.number("time_between_sessions_max", &mut out.time_between_sessions_max, seconds);

    section.ordered(
        ("session_duration_min", out.session_duration_min),
        ("session_duration_max", out.session_duration_max),
    );
    section.ordered(
        ("pages_per_session_min", out.pages_per_session_min),
        ("pages_per_session_max", out.pages_per_session_max),
    );
    section.ordered(
        ("time_per_page_min", out.time_per_page_min),
        ("time_per_page_max", out.time_per_page_max),
    );
    section.ordered(
        ("clicks_per_page_min", out.clicks_per_page_min),
        ("clicks_per_page_max", out.clicks_per_page_max),
    );
    section.ordered(
        ("time_between_sessions_min", out.time_between_sessions_min),
        ("time_between_sessions_max", out.time_between_sessions_max),
    );
}

fn advanced(section: &mut Section<'_>, out: &mut Advanced) {
    section.flag("verbose", &mut out.verbose);
    section.number("stats_interval", &mut out.stats_interval, limits::SECONDS);
    section.flag("retry_on_failure", &mut out.retry_on_failure);
    section.count("max_retries", &mut out.max_retries, limits::RETRIES);
    section.flag("human_like_delays", &mut out.human_like_delays);
    section.flag("save_to_file", &mut out.save_to_file);
    section.text("output_file", &mut out.output_file, |text| match text.trim() {
        "" => Err("expected a file name, found an empty text"),
        _ => Ok(text.to_owned()),
    });
    section.text("user_agent", &mut out.user_agent, user_agent);
}

fn user_agent(text: &str) -> Result<String, String> {
    let is_header = !text.trim().is_empty() && text.chars().all(|c| matches!(c, ' '..='~'));
    if is_header {
        Ok(text.to_owned())
    } else {
        Err(format!("expected printable ASCII, not empty, found {text:?}"))
    }
}

fn journey(section: &mut Section<'_>, out: &mut Journey) {
    section.require("probability", "0.25");
    section.name("name", &mut out.name);
    section.number("probability", &mut out.probability, limits::SHARE);
    section.names("path", &mut out.path);
    section.names("likely_clicks", &mut out.likely_clicks);
}

fn probabilities(field: &Field<'_>, problems: &mut Vec<Problem>) -> Option<EventProbabilities> {
    match &field.node.value {
        Value::Scalar(Scalar { text, .. }) if text == "auto" => {
            Some(EventProbabilities::Auto(AutoWord::Auto))
        }
        Value::Map(entries) => shares(field, entries, problems).map(EventProbabilities::Shares),
        _ => {
            let problem = field.expected("each event's share, or the word `auto`");
            problems.push(problem.help("one event a line, such as `button_click: 0.40`"));
            None
        }
    }
}

fn shares(
    field: &Field<'_>,
    entries: &[Entry],
    problems: &mut Vec<Problem>,
) -> Option<BTreeMap<String, f64>> {
    let mut found = section::duplicates(entries, &field.path);
    let mut shares = BTreeMap::new();
    for entry in entries {
        let value = Field::entry(entry, &field.path);
        let key_problem = event_keys::check(&entry.key, &value.path);
        found.extend(key_problem.map(|problem| problem.at(entry.position)));
        match field::number(&value, limits::SHARE) {
            Ok(share) => drop(shares.insert(entry.key.clone(), share)),
            Err(problem) => found.push(problem),
        }
    }
    if shares.len() > limits::LIST_ENTRIES {
        found.push(field.problem(format!("at most {} events are allowed", limits::LIST_ENTRIES)));
    }
    if found.iter().all(|problem| problem.severity == Severity::Warning)
        && let Some(message) = sum_problem("shares of all events", shares.values())
    {
        found.push(field.problem(message));
    }
    let is_usable = found.iter().all(|problem| problem.severity == Severity::Warning);
    problems.append(&mut found);
    is_usable.then_some(shares)
}

/// Says by how much shares miss 1, if they do.
fn sum_problem<'a>(what: &str, shares: impl Iterator<Item = &'a f64>) -> Option<String> {
    let sum = shares.fold(0.0, |sum, share| sum + share);
    let excess = sum - 1.0;
    if excess.abs() <= limits::SUM_TOLERANCE {
        return None;
    }
    let (amount, direction) = (excess.abs(), if excess > 0.0 { "too much" } else { "missing" });
    Some(format!(
        "the {what} must sum to 1, found {}: {} {direction}",
        rounded(sum),
        rounded(amount)
    ))
}

/// Seven decimals, so that 0.1 + 0.2 reads as 0.3.
fn rounded(value: f64) -> f64 {
    (value * 1e7).round() / 1e7
}

/// The checks that concern more than one entry of a list, or more than one key.
fn check_lists(top: &mut Section<'_>, scenario: &Scenario) {
    if scenario.pages.is_empty() {
        top.report("pages", "expected one page at least, for random browsing");
    }
    if scenario.buttons.is_empty() && clicks_buttons(&scenario.event_probabilities) {
        top.report(
            "buttons",
            "expected one button at least, since `event_probabilities` has button clicks",
        );
    }
    if top.is_wrong("user_journeys") {
        return;
    }
    if scenario.user_journeys.is_empty() {
        top.report("user_journeys", "expected one journey at least; leave it out for the default");
        return;
    }
    let probabilities = scenario.user_journeys.iter().map(|journey| &journey.probability);
    if let Some(message) = sum_problem("probabilities of the journeys", probabilities) {
        top.report("user_journeys", message);
    }
    let mut first = BTreeMap::new();
    for (index, journey) in scenario.user_journeys.iter().enumerate() {
        let first = *first.entry(&journey.name).or_insert(index);
        if first != index {
            let message = format!("user_journeys[{first}] has the same name, {:?}", journey.name);
            top.report_item("user_journeys", index, "name", message);
        }
    }
}

fn clicks_buttons(probabilities: &EventProbabilities) -> bool {
    match probabilities {
        EventProbabilities::Auto(_) => true,
        EventProbabilities::Shares(shares) => {
            shares.get("button_click").is_some_and(|share| *share > 0.0)
        }
    }
}
