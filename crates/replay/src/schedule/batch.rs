//! Events on their way into a request.

use std::time::Instant;

use bytes::Bytes;
use event_simulator::time::VirtualTime;

use super::converter::SentForm;
use crate::source::{Lane, SourceEvent, time_field};

/// An event that is due.
#[derive(Debug)]
pub(crate) struct ScheduledEvent {
    pub(crate) event: SourceEvent,
    /// Since when; `None` without a schedule.
    pub(crate) due: Option<Instant>,
    /// The body that is sent instead of the event's own, if its time says something else.
    pub(crate) rewritten: Option<Bytes>,
    pub(crate) form: SentForm,
}

impl ScheduledEvent {
    pub(crate) fn new(event: SourceEvent, due: Option<Instant>) -> Self {
        Self { event, due, rewritten: None, form: SentForm::Own }
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
        let converted = match &self.form {
            SentForm::Converted(body) => body.len(),
            SentForm::Own | SentForm::Raw => 0,
        };
        self.event.body.len() + converted
    }

    /// True for what is no event, and goes alone and as it arrives.
    pub(crate) fn is_raw(&self) -> bool {
        self.form == SentForm::Raw
    }

    /// The event as it is sent.
    pub(crate) fn body(&self) -> &Bytes {
        match &self.form {
            SentForm::Converted(body) => body,
            SentForm::Own | SentForm::Raw => self.rewritten.as_ref().unwrap_or(&self.event.body),
        }
    }
}

/// The events of one request; never none.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) lane: Lane,
    pub(crate) events: Vec<ScheduledEvent>,
}
