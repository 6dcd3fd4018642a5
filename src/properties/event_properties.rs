//! The properties of every type of event.

use crate::scenario::{ANONYMOUS_ID, OWNERS, Scenario};

use crate::random::Owner;

use super::compile::Compiler;
use super::generator::{Property, escaped};

/// The properties of all types of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// By kind of event: the place of its properties; none for an event without any.
    by_kind: Vec<Option<usize>>,
    pub(super) events: Vec<EventProperties>,
    /// What users, devices and sessions have; only those that have any.
    pub(super) owners: Vec<OwnerProperties>,
    /// Events say the id of the browser, and the user's only once it is known.
    pub(super) has_anonymous_id: bool,
    /// The number of values that are kept for others to refer to, at most.
    pub(super) slots: usize,
    pub(super) texts: FieldTexts,
}

/// The properties of one type of event.
#[derive(Clone, Debug)]
pub(super) struct EventProperties {
    pub(super) event_type: String,
    pub(super) properties: Vec<Property>,
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
        let mut compiler = Compiler::default();
        let owners: Vec<OwnerProperties> = scenario
            .owner_attributes()
            .iter()
            .map(|attributes| OwnerProperties {
                owner: owner(attributes.owner),
                name: attributes.owner,
                label: format!(",\"{}\":", attributes.owner).into_bytes(),
                properties: compiler.attributes(attributes),
            })
            .collect();
        let has_anonymous_id = scenario.users.identity.is_some();
        if described.is_empty() && owners.is_empty() && !has_anonymous_id {
            return Self::default();
        }
        let (attributes, of_owners) = compiler.into_attributes();
        let mut slots = of_owners;
        let mut events = Vec::with_capacity(described.len());
        for (event_type, event) in &described {
            let mut compiler = Compiler::of_event(&attributes, of_owners);
            let properties = compiler.members(&event.properties);
            slots = slots.max(compiler.slots());
            events.push(EventProperties { event_type: (*event_type).to_owned(), properties });
        }
        let place = |kind: &String| described.iter().position(|(name, _)| name == kind);
        let escaped = |names: &[String]| names.iter().map(|name| escaped(name)).collect();
        Self {
            by_kind: event_types.iter().map(place).collect(),
            events,
            owners,
            has_anonymous_id,
            slots,
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

    /// True if there is something that all events carry.
    #[inline]
    pub(super) fn are_on_all_events(&self) -> bool {
        self.has_anonymous_id || !self.owners.is_empty()
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
        self.events.get(place)
    }
}

fn owner(name: &str) -> Owner {
    match OWNERS.iter().position(|owner| *owner == name) {
        Some(1) => Owner::Device,
        Some(2) => Owner::Session,
        _ => Owner::User,
    }
}
