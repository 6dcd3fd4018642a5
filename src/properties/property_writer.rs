//! The writer of what events carry.

use std::sync::Arc;

use crate::event::Record;
use crate::population::People;
use crate::random::EventDraws;
use crate::time::VirtualTime;

use super::event_properties::Properties;
use super::write::{ValueCarrier, ValuePlace, ValueWriter};

/// A writer of what the events of one seed carry, which reuses its buffers from one event to the next.
#[derive(Clone, Debug)]
pub(crate) struct PropertyWriter {
    properties: Arc<Properties>,
    people: People,
    seed_key: u64,
    /// The start of the run, to which the times of attributes are relative.
    start: VirtualTime,
    slots: Vec<ValuePlace>,
    /// What does not stand in `props`: first what no event says, then the members that follow `props`.
    aside: Vec<u8>,
    /// The place in `aside` where the members begin.
    shown_from: usize,
}

impl PropertyWriter {
    /// A writer for the events of these people, by the key of their seed.
    pub(crate) fn new(
        properties: Arc<Properties>,
        people: People,
        seed_key: u64,
        start: VirtualTime,
    ) -> Self {
        let (slots, aside) = (Vec::new(), Vec::new());
        Self { properties, people, seed_key, start, slots, aside, shown_from: 0 }
    }

    /// Appends the properties of an event as members of an object, each with a comma before it but for the first
    /// one of an object that begins at the end of `out`.
    #[inline]
    pub(crate) fn write(&mut self, record: &Record, out: &mut Vec<u8>) {
        self.aside.clear();
        self.slots.clear();
        self.slots.resize(self.properties.slots, ValuePlace::default());
        let mut values = ValueWriter {
            record,
            people: &self.people,
            texts: &self.properties.texts,
            slots: &mut self.slots,
            out,
            other: &mut self.aside,
            is_aside: false,
            seed_key: self.seed_key,
            carrier: ValueCarrier { now: self.start, code: None },
            entry: 0,
        };
        self.shown_from = 0;
        if self.properties.are_on_all_events() {
            values.aside(|values| self.shown_from = values.owners(&self.properties));
        }
        values.carrier.now = record.time;
        let draws = EventDraws::new(self.seed_key, record.session.code(), record.number);
        let Some(event) = self.properties.of_kind(record.content.kind.index()) else { return };
        for property in &event.properties {
            let draws = draws.of(property.hash);
            if property.is_field {
                values.aside(|values| values.member(property, draws));
            } else {
                values.member(property, draws);
            }
        }
    }

    /// Appends the fields of the event that was written last beside those of all events, each with a comma before it.
    #[inline]
    pub(crate) fn write_own_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.aside[self.shown_from..]);
    }

    /// True if the events of a kind carry properties.
    #[inline]
    pub(crate) fn has(&self, record: &Record) -> bool {
        let of_kind = || self.properties.of_kind(record.content.kind.index());
        self.properties.are_on_all_events() || of_kind().is_some()
    }
}
