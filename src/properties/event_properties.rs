//! The properties of every type of event.

use std::sync::Arc;

use crate::random::Owner;
use crate::scenario::events::{EventSpec, has_cart};
use crate::scenario::{ANONYMOUS_ID, OWNERS, PropertyEffect, Scenario};

use super::compile::{CompiledAttributes, Compiler};
use super::generator::{EventProperties, KeptMember, Property, escaped};

/// The properties of all types of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// By kind of event: the place of its properties; none for an event without any.
    by_kind: Vec<Option<usize>>,
    pub(super) events: Vec<Arc<EventProperties>>,
    /// What users, devices and sessions have; only those that have any.
    pub(super) owners: Vec<OwnerProperties>,
    /// By place of a value of theirs: the members of the value that are kept too.
    pub(super) owner_slots: Vec<Vec<KeptMember>>,
    /// Events say the id of the browser, and the user's only once it is known.
    pub(super) has_anonymous_id: bool,
    pub(super) texts: FieldTexts,
}

/// What users, devices or sessions have.
#[derive(Clone, Debug)]
pub(super) struct OwnerProperties {
    pub(super) owner: Owner,
    pub(super) name: &'static str,
    /// A comma, the name in quotes and a colon.
    pub(super) label: Vec<u8>,
    pub(super) properties: Vec<Property>,
}

/// The names that fields have as their values, as they stand between the quotes of a JSON string.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldTexts {
    pub(super) event_types: Vec<Vec<u8>>,
    pub(super) pages: Vec<Vec<u8>>,
    pub(super) buttons: Vec<Vec<u8>>,
}

impl Properties {
    /// The properties of a checked scenario whose events have these types, pages and buttons by their indices.
    pub(crate) fn new(
        scenario: &Scenario,
        event_types: &[String],
        pages: &[String],
        buttons: &[String],
    ) -> Self {
        let described: Vec<_> =
            scenario.events.iter().filter(|(_, event)| !event.properties.is_empty()).collect();
        let attributes = scenario.owner_attributes();
        let has_anonymous_id = scenario.users.identity.is_some();
        if described.is_empty() && attributes.is_empty() && !has_anonymous_id {
            return Self::default();
        }
        let attributes = CompiledAttributes::new(&attributes);
        let experiments = scenario.experiments.iter();
        let effects: Vec<PropertyEffect> = experiments
            .flat_map(|experiment| experiment.property_effects(&scenario.events))
            .collect();
        let place = |kind: &String| described.iter().position(|(name, _)| name == kind);
        let escaped = |names: &[String]| names.iter().map(|name| escaped(name)).collect();
        Self {
            by_kind: event_types.iter().map(place).collect(),
            events: compiled(&described, event_types, &attributes, &effects),
            owners: attributes.owners.into_iter().map(OwnerProperties::new).collect(),
            owner_slots: attributes.slots,
            has_anonymous_id,
            texts: FieldTexts {
                event_types: escaped(event_types),
                pages: escaped(pages),
                buttons: escaped(buttons),
            },
        }
    }

    /// True if no event carries anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.are_on_all_events()
    }

    /// True if what is in a cart depends on when it was put there.
    pub(crate) fn tell_times_of_carts(&self) -> bool {
        self.events.iter().flat_map(|event| &event.properties).any(Property::tells_times_of_cart)
    }

    /// True if there is something that all events carry.
    #[inline]
    pub(super) fn are_on_all_events(&self) -> bool {
        self.has_anonymous_id || !self.owners.is_empty()
    }

    /// The owners of which events say what they have: of a user who is not known yet they say nothing.
    pub(super) fn shown_owners(&self, is_known: bool) -> impl Iterator<Item = &OwnerProperties> {
        self.owners.iter().filter(move |owner| is_known || owner.owner != Owner::User)
    }

    /// The other owners.
    pub(super) fn hidden_owners(&self, is_known: bool) -> impl Iterator<Item = &OwnerProperties> {
        self.owners.iter().filter(move |owner| !is_known && owner.owner == Owner::User)
    }

    /// The names of the fields that events have beside those of all events, in the order in which they are written.
    pub(crate) fn own_fields(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        names.extend(self.has_anonymous_id.then(|| ANONYMOUS_ID.to_owned()));
        names.extend(self.owners.iter().map(|owner| owner.name.to_owned()));
        for property in self.events.iter().flat_map(|event| &event.properties) {
            if property.is_field && !names.contains(&property.name) {
                names.push(property.name.clone());
            }
        }
        names
    }

    pub(super) fn of_kind(&self, kind: usize) -> Option<&EventProperties> {
        let place = self.by_kind.get(kind).copied().flatten()?;
        self.events.get(place).map(|event| &**event)
    }
}

impl OwnerProperties {
    fn new((name, properties): (&'static str, Vec<Property>)) -> Self {
        let owner = match OWNERS.iter().position(|owner| *owner == name) {
            Some(1) => Owner::Device,
            Some(2) => Owner::Session,
            _ => Owner::User,
        };
        Self { owner, name, label: format!(",\"{name}\":").into_bytes(), properties }
    }
}

/// The properties of each type, in the order that is given; carts come to be after what is in them.
fn compiled<'a>(
    described: &[(&'a str, &'a EventSpec)],
    event_types: &'a [String],
    attributes: &CompiledAttributes<'a>,
    effects: &'a [PropertyEffect],
) -> Vec<Arc<EventProperties>> {
    let mut compiled: Vec<Option<Arc<EventProperties>>> = vec![None; described.len()];
    for with_cart in [false, true] {
        let known: Vec<_> = compiled.iter().flatten().cloned().collect();
        for ((name, event), place) in described.iter().zip(&mut compiled) {
            if has_cart(&event.properties) == with_cart {
                *place = Some(Arc::new(Compiler::compile(
                    name,
                    event,
                    event_types,
                    &known,
                    attributes,
                    effects,
                )));
            }
        }
    }
    compiled.into_iter().flatten().collect()
}
