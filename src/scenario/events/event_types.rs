//! The types of a scenario's events, and what they have without being told to.

use crate::event::{BuiltIn, Field, event_type};
use crate::scenario::event_probabilities::EventProbabilities;
use crate::scenario::flow::FlowSpec;
use crate::scenario::keys::Scenario;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::spelling::nearest;
use crate::scenario::users::{ANONYMOUS_ID, OWNERS};

/// The types of the scenario's events; a custom one that identity or experiments have already is refused.
pub(super) fn event_types<'s>(scenario: &'s Scenario, visit: &mut Visit) -> Vec<&'s str> {
    let mut types: Vec<&str> = BuiltIn::ALL.map(BuiltIn::event_type).to_vec();
    let identity = scenario.users.identity.as_ref().map_or(&[][..], |_| &event_type::IDENTITY);
    types.extend(identity);
    let exposure = (!scenario.experiments.is_empty()).then_some(event_type::EXPERIMENT_VIEWED);
    types.extend(exposure);
    let mut custom: Vec<&str> = scenario.custom_event_names();
    for persona in &scenario.users.personas {
        if let Some(EventProbabilities::Shares(shares)) = &persona.event_probabilities {
            let names = shares.keys().map(String::as_str);
            custom.extend(names.filter(|name| BuiltIn::of_key(name).is_none()));
        }
        custom.extend(persona.flow.iter().flat_map(FlowSpec::custom_event_names));
    }
    for name in custom {
        if identity.contains(&name) {
            let message = format!("`users.identity` has events of the type `{name}` already");
            visit.report(Problem::error("users.identity", message).help("rename the custom event"));
        }
        if exposure == Some(name) {
            let message = format!("`experiments` have events of the type `{name}` already");
            visit.report(Problem::error("experiments", message).help("rename the custom event"));
        }
        types.push(name);
    }
    types
}

/// Refuses places of events that are not of the mix.
pub(super) fn check_bound(scenario: &Scenario, visit: &mut Visit) {
    for (name, _) in scenario.events.iter().filter(|(_, event)| !event.on.is_empty()) {
        let comes_of_itself = BuiltIn::of_type(name).is_some()
            || event_type::IDENTITY.contains(&name)
            || name == event_type::EXPERIMENT_VIEWED;
        let (message, help) = if comes_of_itself {
            ("only custom events are bound to places", "leave it out")
        } else if scenario.flow.is_some() {
            (
                "a flow says itself where events happen",
                "name the event under `events` of a page of the flow",
            )
        } else {
            continue;
        };
        let path = join(&join("events", name), "on");
        if visit.is_sound(&path) {
            visit.report(Problem::error(path, message).help(help));
        }
    }
}

/// The fields that events have beside their properties.
pub(super) fn own_fields(scenario: &Scenario) -> Vec<&str> {
    let identity = scenario.users.identity.as_ref().map(|_| ANONYMOUS_ID);
    Field::NAMES.into_iter().chain(OWNERS).chain(identity).collect()
}

pub(super) fn unknown_type(name: &str, path: &str, types: &[&str]) -> Option<Problem> {
    if types.contains(&name) {
        return None;
    }
    let problem = Problem::error(path, "there is no event of this type");
    let meant = BuiltIn::of_key(name).map(BuiltIn::event_type);
    Some(match meant.or_else(|| nearest(name, types.iter().copied())) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!(
            "one of {}; a custom event stands in `event_probabilities` or a `flow` first",
            types.join(", ")
        )),
    })
}

/// The names of the properties that events of a type have without being told to.
pub(super) fn own_properties(event_type: &str) -> Vec<&'static str> {
    BuiltIn::own_properties(event_type).iter().map(|property| property.name).collect()
}
