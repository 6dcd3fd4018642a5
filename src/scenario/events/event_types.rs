//! The types of a scenario's events, and what they have without being told to.

use crate::event::{BuiltIn, Field, event_type};
use crate::scenario::event_probabilities::EventProbabilities;
use crate::scenario::keys::Scenario;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::spelling::nearest;
use crate::scenario::users::{ANONYMOUS_ID, OWNERS};

/// The types of the scenario's events; a custom one that identity has already is refused.
pub(super) fn event_types<'s>(scenario: &'s Scenario, visit: &mut Visit) -> Vec<&'s str> {
    let mut types: Vec<&str> = BuiltIn::ALL.map(BuiltIn::event_type).to_vec();
    let identity = scenario.users.identity.as_ref().map_or(&[][..], |_| &event_type::IDENTITY);
    types.extend(identity);
    let own = scenario.users.personas.iter().enumerate().filter_map(|(index, persona)| {
        let path = format!("users.personas[{index}].event_probabilities");
        Some((path, persona.event_probabilities.as_ref()?))
    });
    let mixes = [("event_probabilities".to_owned(), &scenario.event_probabilities)];
    for (path, mix) in mixes.into_iter().chain(own) {
        let EventProbabilities::Shares(shares) = mix else { continue };
        for name in shares.keys().filter(|key| BuiltIn::of_key(key).is_none()) {
            if identity.contains(&name.as_str()) {
                let message = "`users.identity` has events of this type already";
                visit.report(Problem::error(join(&path, name), message).help("rename it"));
            }
            types.push(name);
        }
    }
    types
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
            "one of {}; a custom event stands in `event_probabilities` first",
            types.join(", ")
        )),
    })
}

/// The names of the properties that events of a type have without being told to.
pub(super) fn own_properties(event_type: &str) -> Vec<&'static str> {
    let own = BuiltIn::of_type(event_type).map_or(&[][..], BuiltIn::own);
    own.iter().map(|property| property.name).collect()
}
