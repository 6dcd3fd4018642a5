//! The properties of every type of event.

use std::sync::Arc;

use crate::scenario::events::{EventSpec, Named, has_cart};

use super::compile::Compiler;
use super::generator::{EventProperties, escaped};

/// The properties of all types of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Properties {
    /// By kind of event: the place of its properties; none for an event without any.
    by_kind: Vec<Option<usize>>,
    pub(super) events: Vec<Arc<EventProperties>>,
    pub(super) texts: FieldTexts,
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
            events: compiled(&described, event_types),
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
        self.events.get(place).map(|event| &**event)
    }
}

/// The properties of each type, in the order that is given; carts come to be after what is in them.
fn compiled(described: &[(&str, &EventSpec)], event_types: &[String]) -> Vec<Arc<EventProperties>> {
    let mut compiled: Vec<Option<Arc<EventProperties>>> = vec![None; described.len()];
    for with_cart in [false, true] {
        let known: Vec<_> = compiled.iter().flatten().cloned().collect();
        for ((name, event), place) in described.iter().zip(&mut compiled) {
            if has_cart(&event.properties) == with_cart {
                *place = Some(Arc::new(Compiler::compile(name, event, event_types, &known)));
            }
        }
    }
    compiled.into_iter().flatten().collect()
}
