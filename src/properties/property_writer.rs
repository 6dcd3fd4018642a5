//! The writer of what events carry.

use std::ops::Range;
use std::sync::Arc;

use crate::event::{EventPart, Record, ValueSink};
use crate::population::People;
use crate::time::VirtualTime;

use super::cart::CartBuffers;
use super::event_properties::Properties;
use super::owner_cache::OwnerCache;
use super::session_history::SessionHistory;
use super::write::{ValueCarrier, ValueWriter, append_member};

/// A writer of what the events of one seed carry, which reuses its buffers from one event to the next.
#[derive(Clone, Debug)]
pub(crate) struct PropertyWriter {
    properties: Arc<Properties>,
    people: People,
    seed_key: u64,
    /// The start of the run, to which the times of attributes are relative.
    start: VirtualTime,
    slots: Vec<Range<usize>>,
    history: Box<dyn SessionHistory>,
    cart: CartBuffers,
    owners: OwnerCache,
    /// All values of the last event, if some of them do not stand in `props`.
    text: Vec<u8>,
    /// The parts of `text` that stand in `props`, and those that follow it.
    props: Vec<Range<usize>>,
    own: Vec<Range<usize>>,
}

impl PropertyWriter {
    /// A writer for the events of these people, by the key of their seed and this history.
    pub(crate) fn new(
        properties: Arc<Properties>,
        people: People,
        seed_key: u64,
        start: VirtualTime,
        history: Box<dyn SessionHistory>,
    ) -> Self {
        Self {
            properties,
            people,
            seed_key,
            start,
            slots: Vec::new(),
            history,
            cart: CartBuffers::default(),
            owners: OwnerCache::default(),
            text: Vec::new(),
            props: Vec::new(),
            own: Vec::new(),
        }
    }

    /// Appends the properties of an event as members of an object, each with a comma before it but for the first
    /// one of an object that begins at the end of `out`.
    #[inline]
    pub(crate) fn write(&mut self, record: &Record, out: &mut Vec<u8>) {
        self.draw(record, Some(out), None);
    }

    /// Gives the properties of an event to a sink.
    pub(crate) fn give(&mut self, record: &Record, sink: &mut dyn ValueSink) {
        self.draw(record, None, Some(sink));
    }

    #[inline]
    fn draw(
        &mut self,
        record: &Record,
        out: Option<&mut Vec<u8>>,
        sink: Option<&mut dyn ValueSink>,
    ) {
        let event = self.properties.of_kind(record.content.kind.index());
        let kept = event.map_or(&self.properties.owner_slots, |event| &event.slots);
        let has_fields = event.is_some_and(|event| event.has_fields);
        let is_split = has_fields || self.properties.are_on_all_events();
        self.slots.clear();
        self.slots.resize(kept.len(), 0..0);
        self.text.clear();
        self.own.clear();
        self.props.clear();
        let (out, line) = if is_split { (None, out) } else { (out, None) };
        let mut values = ValueWriter {
            record,
            texts: &self.properties.texts,
            kept,
            slots: &mut self.slots,
            owner_slots: self.properties.owner_slots.len(),
            out: out.unwrap_or(&mut self.text),
            sink: sink.map(|sink| sink as _),
            seed_key: self.seed_key,
            history: &mut *self.history,
            cart: &mut self.cart,
            people: &self.people,
            carrier: ValueCarrier { now: self.start, code: None },
            entry: 0,
        };
        if self.properties.are_on_all_events() {
            self.own.push(values.owners(&self.properties, &mut self.owners));
        }
        values.carrier.now = record.time;
        let draws = values.draws();
        for property in event.iter().flat_map(|event| &event.properties) {
            let start = values.out.len();
            if let Some(sink) = &mut values.sink {
                sink.turn_to(if property.is_field { EventPart::Event } else { EventPart::Props });
            }
            values.member(property, draws.of(property.hash));
            if is_split {
                let parts = if property.is_field { &mut self.own } else { &mut self.props };
                parts.push(start..values.out.len());
            }
        }
        if let Some(line) = line {
            for part in &self.props {
                append_member(&self.text[part.clone()], line);
            }
        }
    }

    /// Appends the fields of the event that was written last beside those of all events, each with a comma before it.
    #[inline]
    pub(crate) fn write_own_fields(&self, out: &mut Vec<u8>) {
        for part in &self.own {
            out.extend_from_slice(&self.text[part.clone()]);
        }
    }

    /// True if the events of a kind carry properties.
    #[inline]
    pub(crate) fn has(&self, record: &Record) -> bool {
        let of_kind = || self.properties.of_kind(record.content.kind.index());
        self.properties.are_on_all_events() || of_kind().is_some()
    }
}
