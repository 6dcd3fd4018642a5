//! Events on their way into a request.

use std::time::Instant;

use bytes::Bytes;

use crate::source::{Lane, SourceEvent};

/// An event that is due.
#[derive(Debug)]
pub(crate) struct ScheduledEvent {
    pub(crate) event: SourceEvent,
    /// Since when; `None` without a schedule.
    pub(crate) due: Option<Instant>,
    /// The body that is sent instead of the event's own, if its time says something else.
    pub(crate) rewritten: Option<Bytes>,
}

impl ScheduledEvent {
    pub(crate) fn new(event: SourceEvent, due: Option<Instant>) -> Self {
        Self { event, due, rewritten: None }
    }

    /// The event as it is sent.
    pub(crate) fn body(&self) -> &Bytes {
        self.rewritten.as_ref().unwrap_or(&self.event.body)
    }
}

/// The events of one request; never none.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) lane: Lane,
    pub(crate) events: Vec<ScheduledEvent>,
}
