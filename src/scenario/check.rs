//! The check of a whole scenario, as it is read and before it is compiled.

use std::collections::HashMap;

use super::behavior_keys::{Journey, UserBehavior};
use super::event_probabilities::EventProbabilities;
use super::key_value::KeyValue;
use super::keys::Scenario;
use super::path::join;
use super::problem::{Problem, Severity};
use super::section::{Keys, OwnedSection, Visit};
use super::side_files::SideFiles;
use super::yaml::Node;
use super::{
    declared, events, experiments, faults, flow, journey_names, misplaced, owners, personas,
    replaced, shares, traffic, yaml, yaml_text,
};
use crate::event::BuiltIn;

const MIX: &str = "event_probabilities";
const JOURNEYS: &str = "user_journeys";
const FLOW: &str = "flow";

/// The distance that shares may have from their bound: decimals have no exact binary form.
const ROUNDING: f64 = 1e-12;

impl Scenario {
    /// This scenario, if nothing is wrong with it, with a name for every journey.
    ///
    /// # Errors
    /// Everything that keeps it from being used.
    pub(crate) fn checked(&self) -> Result<Self, Vec<Problem>> {
        let mut scenario = self.clone();
        let mut problems = visit(&mut scenario, None, &[], &SideFiles::default());
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() { Ok(scenario) } else { Err(problems) }
    }
}

/// Reads what stands in the document, and checks each key and all of them together.
pub(super) fn visit(
    scenario: &mut Scenario,
    document: Option<&Node>,
    owners: &[OwnedSection],
    files: &SideFiles,
) -> Vec<Problem> {
    let mut visit = Visit::with_owners(owners).with_files(files);
    visit.section(&KeyValue::document(document), |top| scenario.visit(top));
    journey_names::fill_in(&mut scenario.user_journeys);
    personas::inherit_sections(scenario, document, &mut visit);
    for persona in &mut scenario.users.personas {
        persona.user_journeys.iter_mut().for_each(|journeys| journey_names::fill_in(journeys));
    }
    behavior(scenario, &|path| path.to_owned(), &mut visit);
    replaced::check(scenario, &mut visit);
    personas::check(&scenario.users.personas, &mut visit);
    if !scenario.users.personas.is_empty() {
        for persona in scenario.of_personas() {
            behavior(&persona.scenario, &|path| persona.path(path), &mut visit);
        }
    }
    declared::check(scenario, &mut visit);
    experiments::check::check(scenario, &mut visit);
    owners::check(scenario, &mut visit);
    if let Some(traffic) = &scenario.traffic {
        traffic::check(traffic, scenario.distributions.first_starts, &mut visit);
    }
    events::check::check(scenario, &mut visit);
    events::cart_items::check(scenario, &mut visit);
    faults::check::check(scenario, &mut visit);
    if let Some(policy) = &scenario.policy {
        policy.check("policy.", &mut visit);
    }
    let corrected = document.and_then(|document| misplaced::corrected(document, visit.known()));
    let mut problems = visit.into_problems();
    let misplaced = problems.iter_mut().rev().find(|problem| problem.is_unknown_key());
    if let (Some(problem), Some(mut file)) = (misplaced, corrected)
        && is_sound(&yaml_text::block(&file, 0), owners, files)
    {
        for owner in owners {
            owner.mask_in(&mut file);
        }
        let file = yaml_text::block(&file, 0);
        problem.add_help(&format!("the file, with its keys in their sections:\n\n{file}"));
    }
    problems
}

fn is_sound(file: &str, owners: &[OwnedSection], files: &SideFiles) -> bool {
    let Ok(document) = yaml::parse(file) else { return false };
    let problems = visit(&mut Scenario::default(), document.as_ref(), owners, files);
    problems.iter().all(|problem| problem.severity == Severity::Warning)
}

/// The path at which a key of the scenario stands: for a persona that has it of its own, there.
type PathOf<'p> = dyn Fn(&str) -> String + 'p;

/// Refuses behavior that cannot be.
fn behavior(scenario: &Scenario, at: &PathOf<'_>, visit: &mut Visit) {
    ranges(&scenario.user_behavior, at, visit);
    mix(&scenario.event_probabilities, &at(MIX), visit);
    buttons(scenario, &at(MIX), visit);
    journeys(&scenario.user_journeys, &at(JOURNEYS), visit);
    if let Some(flow) = &scenario.flow {
        flow::check(flow, &at(FLOW), visit);
    }
}

/// Refuses bounds that are crossed, unless one of them is wrong in itself.
fn ranges(behavior: &UserBehavior, at: &PathOf<'_>, visit: &mut Visit) {
    let defaults = bounds(&UserBehavior::default());
    for ((name, min, max), (_, default_min, default_max)) in
        bounds(behavior).into_iter().zip(defaults)
    {
        let path = |bound: &str| at(&format!("user_behavior.{name}_{bound}"));
        if min <= max || !visit.is_sound(&path("min")) || !visit.is_sound(&path("max")) {
            continue;
        }
        let is_default = |value: f64, default: f64| value.total_cmp(&default).is_eq();
        let shown = |value, default| {
            format!("{value}{}", if is_default(value, default) { ", the default" } else { "" })
        };
        let message = format!(
            "the least, {name}_min ({}), is above the most, {name}_max ({})",
            shown(min, default_min),
            shown(max, default_max),
        );
        let path = path(if is_default(min, default_min) { "max" } else { "min" });
        visit.report(Problem::error(path, message));
    }
}

fn bounds(behavior: &UserBehavior) -> [(&'static str, f64, f64); 5] {
    [
        ("session_duration", behavior.session_duration_min, behavior.session_duration_max),
        (
            "pages_per_session",
            behavior.pages_per_session_min.into(),
            behavior.pages_per_session_max.into(),
        ),
        ("time_per_page", behavior.time_per_page_min, behavior.time_per_page_max),
        (
            "clicks_per_page",
            behavior.clicks_per_page_min.into(),
            behavior.clicks_per_page_max.into(),
        ),
        (
            "time_between_sessions",
            behavior.time_between_sessions_min,
            behavior.time_between_sessions_max,
        ),
    ]
}

/// Refuses a mix that no sessions can have.
fn mix(probabilities: &EventProbabilities, path: &str, visit: &mut Visit) {
    let EventProbabilities::Shares(shares) = probabilities else { return };
    if !visit.is_sound(path) {
        return;
    }
    if let Some(problem) = shares::mix_problem(path, shares) {
        return visit.report(problem);
    }
    let share = |event: BuiltIn| shares.get(event.scenario_key()).copied().unwrap_or_default();
    let mut refuse = |event: BuiltIn, message: String| {
        visit.report(Problem::error(join(path, event.scenario_key()), message));
    };
    let (start, end) = (share(BuiltIn::SessionCreated), share(BuiltIn::SessionEnded));
    let (page_visit, page_close) = (share(BuiltIn::PageVisited), share(BuiltIn::PageClosed));
    if start <= 0.0 {
        let message =
            "it must be above 0: every event belongs to a session, and each session starts";
        refuse(BuiltIn::SessionCreated, message.to_owned());
    }
    if end > start + ROUNDING {
        let message =
            format!("{end} is above session_start, {start}: more sessions would end than start");
        refuse(BuiltIn::SessionEnded, message);
    }
    if page_close > page_visit + ROUNDING {
        let message = format!(
            "{page_close} is above page_visit, {page_visit}: more pages would close than open"
        );
        refuse(BuiltIn::PageClosed, message);
    }
}

/// Refuses button clicks without buttons.
fn buttons(scenario: &Scenario, mix_path: &str, visit: &mut Visit) {
    if scenario.flow.is_some() {
        return;
    }
    let clicks_buttons = match &scenario.event_probabilities {
        EventProbabilities::Shares(shares) if visit.is_sound(mix_path) => {
            shares.get(BuiltIn::ButtonClicked.scenario_key()).is_some_and(|share| *share > 0.0)
        }
        // A mix that is wrong counts as the default.
        EventProbabilities::Shares(_) | EventProbabilities::Auto(_) => true,
    };
    if visit.is_sound("buttons") && scenario.buttons.is_empty() && clicks_buttons {
        let message = "expected one button at least, since `event_probabilities` has button clicks";
        visit.report(Problem::error("buttons", message));
    }
}

fn journeys(journeys: &[Journey], path: &str, visit: &mut Visit) {
    if !visit.is_sound(path) {
        return;
    }
    let probabilities: Vec<f64> = journeys.iter().map(|journey| journey.probability).collect();
    if let Some(problem) =
        shares::list_problem(path, "probabilities of the journeys", &probabilities)
    {
        visit.report(problem);
    }
    let mut first = HashMap::new();
    for (index, journey) in journeys.iter().enumerate() {
        let (steps, given) = (journey.path.len(), journey.r#continue.len());
        if given > 0 && given + 1 != steps {
            let message = format!(
                "{steps} steps have {} ways on to the next one, found {given} probabilities",
                steps.saturating_sub(1)
            );
            visit.report(Problem::error(format!("{path}[{index}].continue"), message));
        }
        let first = *first.entry(&journey.name).or_insert(index);
        if first != index {
            let message = format!("{path}[{first}] has the same name, {:?}", journey.name);
            visit.report(Problem::error(format!("{path}[{index}].name"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut Scenario)) -> Vec<String> {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        let problems = scenario.checked().err().unwrap_or_default();
        problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.path, problem.message))
            .collect()
    }

    #[test]
    fn a_scenario_built_in_code_is_checked_as_one_that_is_read() {
        let found = problems(|scenario| {
            scenario.simulation.num_users = 0;
            scenario.simulation.duration_seconds = f64::NAN;
            scenario.user_behavior.clicks_per_page_min = 9;
            scenario.pages.clear();
            scenario.buttons[1] = scenario.buttons[0].clone();
            scenario.user_journeys[1].probability = 2.0;
        });
        insta::assert_snapshot!(found.join("\n"), @r#"
        simulation.num_users: expected a whole number from 1 to 16777216, found 0
        simulation.duration_seconds: expected a number from 0 to 1000000000, found NaN
        pages: expected one entry at least, found none
        buttons[1]: "add_to_cart" stands twice, first at buttons[0]
        user_journeys[1].probability: expected a number from 0 to 1, found 2
        user_behavior.clicks_per_page_min: the least, clicks_per_page_min (9), is above the most, clicks_per_page_max (8, the default)
        "#);
    }

    #[test]
    fn journeys_built_in_code_are_named_as_those_that_are_read() {
        let mut scenario = Scenario::default();
        scenario.user_journeys[0].name.clear();
        let names =
            scenario.checked().unwrap().user_journeys.into_iter().map(|journey| journey.name);
        assert_eq!(
            names.take(2).collect::<Vec<_>>(),
            ["products_products_detail_cart", "content_reading"]
        );
    }

    #[test]
    fn a_sum_may_be_off_by_a_millionth_and_no_more() {
        for (share, is_sound) in [(0.400_001, true), (0.399_999, true), (0.400_001_1, false)] {
            let yaml = format!(
                "event_probabilities: {{ session_start: 0.05, session_end: 0.05, page_visit: 0.25, \
                 page_close: 0.20, button_click: {share}, link_click: 0.05 }}"
            );
            assert_eq!(Scenario::from_yaml(&yaml).is_ok(), is_sound, "{share}");
        }
    }
}
