//! Events on their way into a request.

use std::time::Instant;

use bytes::Bytes;
use event_simulator::time::VirtualTime;

use crate::source::{Lane, SourceEvent, time_field};

/// An event that is due.
#[derive(Debug)]
pub(crate) struct ScheduledEvent {
    pub(crate) event: SourceEvent,
    /// Since when; `None` without a schedule.
    pub(crate) due: Option<Instant>,
    /// The body that is sent instead of the event's own, if its time says something else.
    pub(crate) rewritten: Option<Bytes>,
    /// The event in the wire format in which it is sent, if that is another.
    pub(crate) converted: Option<Bytes>,
}

impl ScheduledEvent {
    pub(crate) fn new(event: SourceEvent, due: Option<Instant>) -> Self {
        Self { event, due, rewritten: None, converted: None }
    }

    /// The time that the event says as it is sent, as far as that is known.
    #[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "only records have a time"))]
    pub(crate) fn time(&self) -> Option<VirtualTime> {
        let Some(rewritten) = &self.rewritten else { return self.event.time };
        let place = self.event.time_value?.range();
        let behind = self.event.body.len() - place.end;
        time_field::read(rewritten.get(place.start..rewritten.len() - behind)?).ok()
    }

    /// The bytes that it holds while it waits.
    pub(crate) fn held_bytes(&self) -> usize {
        self.event.body.len() + self.converted.as_ref().map_or(0, Bytes::len)
    }

    /// The event as it is sent.
    pub(crate) fn body(&self) -> &Bytes {
        let body = self.converted.as_ref().or(self.rewritten.as_ref());
        body.unwrap_or(&self.event.body)
    }
}

/// The events of one request; never none.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) lane: Lane,
    pub(crate) events: Vec<ScheduledEvent>,
}
