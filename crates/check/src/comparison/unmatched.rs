//! Events without a counterpart in their partition.

use std::collections::VecDeque;

use foldhash::HashMap;

use event_simulator::event::Field;

use super::change::changes;
use super::difference::{Difference, Emit, EventRef};
use super::matching::{MatchKey, Matching};
use super::raw_event::RawEvent;

/// Events without a counterpart in their partition, kept for a last look: an event whose user was altered
/// stands in another one.
pub(super) struct Unmatched {
    sent: Vec<OwnedEvent>,
    received: Vec<OwnedEvent>,
    bytes_left: u64,
}

struct OwnedEvent {
    line: Vec<u8>,
    file: u32,
    number: u64,
    order: u64,
}

impl OwnedEvent {
    fn as_ref(&self) -> EventRef<'_> {
        EventRef { line: &self.line, file: self.file, number: self.number, order: self.order }
    }
}

impl Unmatched {
    /// Keeps up to so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self { sent: Vec::new(), received: Vec::new(), bytes_left: bytes }
    }

    fn kept(&mut self, event: &EventRef<'_>) -> Option<OwnedEvent> {
        const OVERHEAD: u64 = 64;
        self.bytes_left = self.bytes_left.checked_sub(event.line.len() as u64 + OVERHEAD)?;
        let EventRef { line, file, number, order } = *event;
        Some(OwnedEvent { line: line.to_vec(), file, number, order })
    }

    pub(super) fn add_sent(&mut self, event: &EventRef<'_>, emit: &mut Emit<'_>) {
        match self.kept(event) {
            Some(kept) => self.sent.push(kept),
            None => emit(&Difference::Missing(*event)),
        }
    }

    pub(super) fn add_received(&mut self, event: &EventRef<'_>, emit: &mut Emit<'_>) {
        match self.kept(event) {
            Some(kept) => self.received.push(kept),
            None => emit(&Difference::Unexpected(*event)),
        }
    }

    /// Matches by id across partitions, and tells what has no counterpart at all.
    pub(super) fn finish(self, matching: Matching, emit: &mut Emit<'_>) {
        let mut by_id: HashMap<Vec<u8>, VecDeque<OwnedEvent>> = HashMap::default();
        for sent in self.sent {
            match id_of(&sent.line).filter(|_| matching.key != MatchKey::Content) {
                Some(id) => by_id.entry(id.to_vec()).or_default().push_back(sent),
                None => emit(&Difference::Missing(sent.as_ref())),
            }
        }
        for received in &self.received {
            let id = match matching.key {
                MatchKey::EventId => id_of(&received.line),
                MatchKey::PropsEventId => RawEvent::of_event(&received.line).props_id(),
                MatchKey::Content => None,
            };
            match id.and_then(|id| by_id.get_mut(id)?.pop_front()) {
                Some(sent) => emit_changes(sent.as_ref(), received.as_ref(), matching, emit),
                None => emit(&Difference::Unexpected(received.as_ref())),
            }
        }
        let mut missing: Vec<OwnedEvent> = by_id.into_values().flatten().collect();
        missing.sort_by_key(|sent| sent.order);
        for sent in &missing {
            emit(&Difference::Missing(sent.as_ref()));
        }
    }
}

fn id_of(line: &[u8]) -> Option<&[u8]> {
    RawEvent::of_event(line).get(Field::EventId)
}

/// Tells `emit` of a pair of events that are not the same.
pub(super) fn emit_changes(
    sent: EventRef<'_>,
    received: EventRef<'_>,
    matching: Matching,
    emit: &mut Emit<'_>,
) {
    let changes = changes(sent.line, received.line, matching);
    if !changes.is_empty() {
        emit(&Difference::Altered { sent, received, changes });
    }
}
