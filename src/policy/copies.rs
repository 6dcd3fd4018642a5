//! Copies of one event.

use std::collections::VecDeque;

use foldhash::HashMap;

use crate::event::Field;
use crate::scenario::policy::{DeduplicateSpec, KeptCopy};
use crate::time::VirtualTime;
use crate::wire::EventFields;

/// Finds copies among arrivals, and says which of them counts. Memory holds the keys within the window; of events that
/// may yet be replaced by their last copy, the events too.
#[derive(Debug)]
pub(super) struct Copies {
    by: Vec<String>,
    within_ms: Option<u64>,
    keep: KeptCopy,
    /// By key: when the window began, and the number of what is held.
    known: HashMap<Vec<u8>, (VirtualTime, u64)>,
    /// The keys in the order in which their windows began.
    windows: VecDeque<(VirtualTime, Vec<u8>)>,
    held: HashMap<u64, Vec<u8>>,
    next_held: u64,
}

/// What is to be done with an arrival.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CopyVerdict {
    /// It is none, or the one that counts.
    Counts,
    /// Another one counts.
    IsCopy,
    /// It is held; in the place of another one, or not.
    Held { replaces: bool },
}

impl Copies {
    pub(super) fn new(rule: &DeduplicateSpec) -> Self {
        Self {
            by: rule.by.clone(),
            within_ms: rule.within.map(|within| within.millis.unsigned_abs()),
            keep: rule.keep,
            known: HashMap::default(),
            windows: VecDeque::new(),
            held: HashMap::default(),
            next_held: 0,
        }
    }

    /// Looks at an arrival, whose event stands on `line` as it would count.
    pub(super) fn look_at(
        &mut self,
        event: &EventFields<'_>,
        received_at: VirtualTime,
        line: &[u8],
    ) -> CopyVerdict {
        let key = self.key(event);
        if let Some((_, number)) = self.known.get(&key) {
            if self.keep == KeptCopy::First {
                return CopyVerdict::IsCopy;
            }
            self.held.insert(*number, line.to_vec());
            return CopyVerdict::Held { replaces: true };
        }
        let number = self.next_held;
        self.next_held += 1;
        self.known.insert(key.clone(), (received_at, number));
        if self.within_ms.is_some() {
            self.windows.push_back((received_at, key));
        }
        if self.keep == KeptCopy::First {
            return CopyVerdict::Counts;
        }
        self.held.insert(number, line.to_vec());
        CopyVerdict::Held { replaces: false }
    }

    /// Forgets what is older than the window by the time of an arrival, and gives those events that were held.
    pub(super) fn expire(&mut self, now: VirtualTime, mut counts: impl FnMut(Vec<u8>)) {
        let Some(within_ms) = self.within_ms else { return };
        while let Some((began, _)) = self.windows.front() {
            if now.millis_since(*began) <= within_ms {
                break;
            }
            let Some((_, key)) = self.windows.pop_front() else { break };
            let Some((_, number)) = self.known.remove(&key) else { continue };
            if let Some(line) = self.held.remove(&number) {
                counts(line);
            }
        }
    }

    /// Gives all events that are held, in the order in which the first of their copies arrived.
    pub(super) fn finish(&mut self, mut counts: impl FnMut(Vec<u8>)) {
        let mut held: Vec<(u64, Vec<u8>)> = self.held.drain().collect();
        held.sort_unstable();
        for (_, line) in held {
            counts(line);
        }
    }

    /// The values that copies have in common, each behind its length.
    fn key(&self, event: &EventFields<'_>) -> Vec<u8> {
        let mut key = Vec::new();
        for name in &self.by {
            let value = value(event, name);
            key.extend_from_slice(&(value.len() as u64).to_le_bytes());
            key.extend_from_slice(value);
        }
        key
    }
}

/// The value of a field; nothing if the event has none.
fn value<'e>(event: &'e EventFields<'_>, name: &str) -> &'e [u8] {
    let text = |text: &'e Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().unwrap_or_default().as_bytes()
    };
    match Field::ALL.into_iter().find(|field| field.name() == name) {
        Some(Field::EventId) => event.event_id.as_bytes(),
        Some(Field::EventType) => event.event_type.as_bytes(),
        Some(Field::UserId) => event.user_id.as_bytes(),
        Some(Field::SessionId) => event.session_id.as_bytes(),
        Some(Field::PagePath) => text(&event.page_path),
        Some(Field::ButtonId) => text(&event.button_id),
        Some(Field::Props) => &event.props,
        Some(Field::EventTime) | None => event.own_field(name).unwrap_or_default(),
    }
}
