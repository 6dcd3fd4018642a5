//! Copies of one event.

use std::collections::VecDeque;

use foldhash::{HashMap, HashSet};

use crate::digest;
use crate::event::{Field, uuid_bits};
use crate::scenario::policy::{DeduplicateSpec, KeptCopy};
use crate::time::VirtualTime;
use crate::wire::EventFields;

/// Finds copies among arrivals, and says which of them counts. Memory holds 128 bits of each key within the window, which
/// are a UUID's own, or of its digest; of events that may yet be replaced by their last copy, the events too.
#[derive(Debug)]
pub(super) struct Copies {
    by: Vec<String>,
    within_ms: Option<u64>,
    keep: KeptCopy,
    /// The keys whose window has begun.
    known: HashSet<u128>,
    /// The keys in the order in which their windows began.
    windows: VecDeque<(VirtualTime, u128)>,
    /// By key: an event, packed, and how many were held before the first of its copies.
    held: HashMap<u128, (u64, Vec<u8>)>,
    next_held: u64,
    /// The values of a key, each behind its length.
    values: Vec<u8>,
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
            known: HashSet::default(),
            windows: VecDeque::new(),
            held: HashMap::default(),
            next_held: 0,
            values: Vec::new(),
        }
    }

    /// Looks at an arrival, whose event stands as it would count.
    pub(super) fn look_at(
        &mut self,
        event: &EventFields<'_>,
        received_at: VirtualTime,
    ) -> CopyVerdict {
        let key = self.key(event);
        if !self.known.insert(key) {
            if self.keep == KeptCopy::First {
                return CopyVerdict::IsCopy;
            }
            if let Some((_, held)) = self.held.get_mut(&key) {
                *held = packed(event);
            }
            return CopyVerdict::Held { replaces: true };
        }
        if self.within_ms.is_some() {
            self.windows.push_back((received_at, key));
        }
        if self.keep == KeptCopy::First {
            return CopyVerdict::Counts;
        }
        self.held.insert(key, (self.next_held, packed(event)));
        self.next_held += 1;
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
            self.known.remove(&key);
            if let Some((_, packed)) = self.held.remove(&key) {
                counts(packed);
            }
        }
    }

    /// Gives all events that are held, in the order in which the first of their copies arrived.
    pub(super) fn finish(&mut self, mut counts: impl FnMut(Vec<u8>)) {
        let mut held: Vec<(u64, Vec<u8>)> = self.held.drain().map(|(_, held)| held).collect();
        held.sort_unstable();
        for (_, packed) in held {
            counts(packed);
        }
    }

    /// The bits of a UUID that copies have in common, or those of the digest of all values.
    fn key(&mut self, event: &EventFields<'_>) -> u128 {
        if let [name] = self.by.as_slice()
            && let Some(bits) = uuid_bits(value(event, name))
        {
            return bits;
        }
        self.values.clear();
        for name in &self.by {
            let value = value(event, name);
            self.values.extend_from_slice(&(value.len() as u64).to_le_bytes());
            self.values.extend_from_slice(value);
        }
        digest::key(&self.values)
    }
}

fn packed(event: &EventFields<'_>) -> Vec<u8> {
    let mut packed = Vec::new();
    event.pack(&mut packed);
    packed
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
