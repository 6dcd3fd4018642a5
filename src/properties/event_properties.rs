//! The properties of every type of event.

use crate::scenario::events::{EventSpec, Named};

use super::compile::Compiler;
use super::generator::{Property, escaped};

/// The properties of all types of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// By kind of event: the place of its properties; none for an event without any.
    by_kind: Vec<Option<usize>>,
    pub(super) events: Vec<EventProperties>,
    pub(super) texts: FieldTexts,
}

/// The properties of one type of event.
#[derive(Clone, Debug)]
pub(super) struct EventProperties {
    pub(super) event_type: String,
    pub(super) properties: Vec<Property>,
    /// The number of values that are kept for others to refer to.
    pub(super) slots: usize,
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
        events: &Named<EventSpec>,
        event_types: &[String],
        pages: &[String],
        buttons: &[String],
    ) -> Self {
        let described: Vec<_> =
            events.iter().filter(|(_, event)| !event.properties.is_empty()).collect();
        if described.is_empty() {
            return Self::default();
        }
        let place = |kind: &String| described.iter().position(|(name, _)| name == kind);
        let escaped = |names: &[String]| names.iter().map(|name| escaped(name)).collect();
        Self {
            by_kind: event_types.iter().map(place).collect(),
            events: described
                .iter()
                .map(|(name, event)| EventProperties::new(name, event))
                .collect(),
            texts: FieldTexts {
                event_types: escaped(event_types),
                pages: escaped(pages),
                buttons: escaped(buttons),
            },
        }
    }

    /// True if no event has properties.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn of_kind(&self, kind: usize) -> Option<&EventProperties> {
        let place = self.by_kind.get(kind).copied().flatten()?;
        self.events.get(place)
    }
}

impl EventProperties {
    fn new(event_type: &str, event: &EventSpec) -> Self {
        let mut compiler = Compiler::default();
        let properties = compiler.members(&event.properties);
        Self { event_type: event_type.to_owned(), properties, slots: compiler.slots() }
    }
}
