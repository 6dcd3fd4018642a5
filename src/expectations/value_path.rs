//! The way to a value within an event.

use std::borrow::Cow;

use crate::scenario::OWNERS;
use crate::scenario::events::{Named, PropertySpec, resolved};
use crate::wire::{EventFields, scan};

/// The way to a value: the field in which it stands, and the members on the way from there.
#[derive(Clone, Debug)]
pub(super) struct ValuePath {
    /// A field beside those of all events; none for `props`.
    own_field: Option<String>,
    members: Vec<String>,
}

impl ValuePath {
    /// The way to an attribute of a user, device or session.
    pub(super) fn of_attribute(owner: &str, name: &str) -> Self {
        Self { own_field: Some(owner.to_owned()), members: vec![name.to_owned()] }
    }

    /// The way to a property of that name.
    pub(super) fn of_property(name: &str) -> Self {
        Self { own_field: None, members: vec![name.to_owned()] }
    }

    /// The way to what a property of these is or refers to; none if it is not there.
    pub(super) fn of_reference(reference: &str, properties: &Named<PropertySpec>) -> Option<Self> {
        if let Some((spec, rest)) = resolved(reference, |name| properties.get(name)) {
            let name = reference
                [..reference.len() - rest.iter().map(|part| part.len() + 1).sum::<usize>()]
                .to_owned();
            let rest = rest.into_iter().map(str::to_owned);
            return Some(if spec.field {
                Self { own_field: Some(name), members: rest.collect() }
            } else {
                Self { own_field: None, members: std::iter::once(name).chain(rest).collect() }
            });
        }
        let (owner, name) = reference.split_once('.')?;
        OWNERS.contains(&owner).then(|| Self::of_attribute(owner, name))
    }

    /// The JSON text of the value; none if the event does not have it, or null.
    pub(super) fn find<'e>(&self, event: &'e EventFields<'_>) -> Option<&'e [u8]> {
        let mut value = match &self.own_field {
            None => &*event.props,
            Some(name) => event.own_field(name)?,
        };
        for name in &self.members {
            let [member] = scan::members(value, [name.as_str()]).ok()?;
            value = member?;
        }
        (value != b"null").then_some(value)
    }
}

/// What a value is called: its text, or the JSON of anything else.
pub(super) fn value_name(json: &[u8]) -> Cow<'_, str> {
    scan::text(json).unwrap_or_else(|_| String::from_utf8_lossy(json))
}
