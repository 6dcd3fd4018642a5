//! What may be counted in parts, each of some of the users.

use crate::scenario::Scenario;
use crate::scenario::faults::FaultKind;
use crate::scenario::policy::{LateMeasure, PolicySpec};

/// Fields that events of two users never have in common.
const OF_ONE_USER: [&str; 3] = ["event_id", "user_id", "session_id"];

/// Forms of the fault `identity` that give events of several users one id.
const OF_SEVERAL_USERS: [&str; 2] = ["poison_id", "shared_device"];

/// Why what arrives of a scenario's user shards does not add up to the whole under a policy; none if it does.
pub fn crosses_users(policy: &PolicySpec, scenario: &Scenario) -> Option<String> {
    if policy.lateness.as_ref().is_some_and(|rule| rule.by == LateMeasure::Watermark) {
        return Some("`lateness: { by: watermark }` looks at the events of all users".to_owned());
    }
    let is_of_one = |name: &String| OF_ONE_USER.contains(&name.as_str());
    if policy.deduplicate.as_ref().is_some_and(|rule| !rule.by.iter().any(is_of_one)) {
        let names = OF_ONE_USER.join(", ");
        return Some(format!(
            "copies are events of several users: name one of {names} in `deduplicate.by`"
        ));
    }
    let is_of_several = |form: &String| OF_SEVERAL_USERS.contains(&form.as_str());
    scenario.faults.iter().find_map(|(name, fault)| {
        let is_mixing = fault.kind_of(name) == Some(FaultKind::Identity)
            && (fault.forms.is_empty() || fault.forms.iter().any(is_of_several));
        is_mixing.then(|| {
            let forms = OF_SEVERAL_USERS.join(" and ");
            format!("the fault {name:?} gives events of several users one id ({forms})")
        })
    })
}
