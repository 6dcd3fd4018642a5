//! What faults change in a body.

use std::borrow::Cow;

use crate::event::event_type;
use crate::random::{AspectDraws, uniform};
use crate::scenario::faults::PropertyChange;
use crate::wire::quoted;

use super::body::{Body, MemberChange, lossy};

/// Ids that name nobody, which whole populations get by mistake.
const POISON_IDS: [&str; 6] = [
    "null",
    "undefined",
    "0",
    "anonymous",
    "00000000-0000-0000-0000-000000000000",
    "[object Object]",
];

/// The draws of the id of nobody.
const POISON: u64 = 2;

/// Gives the event an id of nobody.
pub(super) fn poison_id(body: &mut Body<'_>, draws: AspectDraws) -> Option<MemberChange> {
    let chosen = uniform(draws.at(POISON), 0, POISON_IDS.len() as u64 - 1) as usize;
    body.set(&["user_id"], Some(quoted(POISON_IDS[chosen]).into_bytes()))
}

/// True for an event that tells who somebody is.
pub(super) fn is_identifying(body: &Body<'_>) -> bool {
    let event_type = body.get(&["event_type"]).unwrap_or_default();
    [event_type::SIGNED_UP, event_type::LOGGED_IN]
        .iter()
        .any(|name| *event_type == *quoted(name).as_bytes())
}

/// Changes a property, where the event has it: among its properties, or as a field of its own.
pub(super) fn schema_change(
    body: &mut Body<'_>,
    property: &str,
    change: PropertyChange,
    new_name: &str,
    value: &[u8],
) -> Vec<MemberChange> {
    let in_props: [&str; 2] = ["props", property];
    let is_field = body.get(&in_props).is_none() && body.get(&[property]).is_some();
    let path: &[&str] = if is_field { &[property] } else { &in_props };
    let Some(was) = body.get(path).map(Cow::into_owned) else {
        let added = (change == PropertyChange::Add).then(|| body.set(path, Some(value.to_vec())));
        return added.flatten().into_iter().collect();
    };
    let changes = match change {
        PropertyChange::Add => Vec::new(),
        PropertyChange::Drop => vec![body.set(path, None)],
        PropertyChange::Retype if was.first() == Some(&b'"') => {
            vec![body.set(path, Some([b"[", was.as_slice(), b"]"].concat()))]
        }
        PropertyChange::Retype => {
            vec![body.set(path, Some(quoted(&lossy(&was)).into_bytes()))]
        }
        PropertyChange::Rename => {
            let renamed: &[&str] = if is_field { &[new_name] } else { &["props", new_name] };
            vec![body.set(path, None), body.set(renamed, Some(was))]
        }
    };
    changes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PropertyChange::{Add, Drop, Rename, Retype};

    #[test]
    fn properties_change_as_the_fault_says() {
        let line = br#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#;
        let changed = |property, change, new_name| {
            let mut body = Body::of_object(line);
            let changes = schema_change(&mut body, property, change, new_name, b"7");
            (String::from_utf8(body.to_bytes()).unwrap(), changes.len())
        };
        for (property, change, expected, changes) in [
            ("amount", Retype, r#"{"plan":"pro","props":{"amount":"1.50","tag":"x"}}"#, 1),
            ("tag", Retype, r#"{"plan":"pro","props":{"amount":1.50,"tag":["x"]}}"#, 1),
            ("plan", Drop, r#"{"props":{"amount":1.50,"tag":"x"}}"#, 1),
            ("amount", Rename, r#"{"plan":"pro","props":{"tag":"x","total":1.50}}"#, 2),
            ("plan", Rename, r#"{"props":{"amount":1.50,"tag":"x"},"total":"pro"}"#, 2),
            ("tax", Add, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x","tax":7}}"#, 1),
            ("tag", Add, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#, 0),
            ("none", Drop, r#"{"plan":"pro","props":{"amount":1.50,"tag":"x"}}"#, 0),
        ] {
            assert_eq!(changed(property, change, "total"), (expected.to_owned(), changes));
        }
    }
}
