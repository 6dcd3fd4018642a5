//! The ledger: one line for each thing that a fault did.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde_json::{Map, Value, json};

use super::body::{MemberChange, hex_digits, lossy};
use crate::event::{UuidV7, user_id};
use crate::faults::Faults;
use crate::time::VirtualTime;

/// What one fault did to one event.
#[derive(Debug)]
pub(super) struct LedgerNote {
    /// The place of the fault.
    place: usize,
    /// None if no line of it is kept.
    members: Option<Map<String, Value>>,
}

/// An event as the ledger names it: by the id, time and user that it has in truth.
#[derive(Clone, Copy, Debug)]
pub(super) struct LedgerEvent {
    pub(super) id: UuidV7,
    pub(super) time: VirtualTime,
    pub(super) user_code: u32,
}

impl LedgerNote {
    /// The same, and what it says beside.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(members) = &mut self.members {
            members.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The same, and the values that it changed.
    pub(super) fn with_changes(self, changes: &[MemberChange]) -> Self {
        if self.members.is_none() {
            return self;
        }
        let changes: Vec<Value> = changes.iter().map(MemberChange::to_json).collect();
        if changes.is_empty() { self } else { self.with("changes", changes) }
    }

    /// The same, and bytes: as text if they are, else in hexadecimal digits.
    pub(super) fn with_bytes(self, name: &str, bytes: &[u8]) -> Self {
        if self.members.is_none() {
            return self;
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.with(name, text);
        }
        self.with(&format!("{name}_hex"), hex_digits(bytes))
    }

    /// The same, and when what it is about was sent, as its device tells, and when it arrived.
    pub(super) fn with_times(self, sent_at: &[u8], received_at: VirtualTime) -> Self {
        if self.members.is_none() {
            return self;
        }
        let sent_at = lossy(sent_at);
        self.with("sent_at", sent_at.trim_matches('"')).with("received_at", received_at.to_string())
    }
}

/// The lines of a ledger in the order of their events, and how many each fault has.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Those of events after which others may still be planned.
    pending: BinaryHeap<Reverse<(UuidV7, u64, Vec<u8>)>>,
    lines: u64,
    /// By fault.
    counts: Vec<u64>,
    is_kept: bool,
}

impl Ledger {
    /// A ledger whose lines are kept, or only counted.
    pub(super) fn new(faults: &Faults, is_kept: bool) -> Self {
        let counts = vec![0; faults.iter().len()];
        Self { pending: BinaryHeap::new(), lines: 0, counts, is_kept }
    }

    /// A note that says what a fault did in one word.
    pub(super) fn note(&self, place: usize, effect: &str) -> LedgerNote {
        let members = || Map::from_iter([("effect".to_owned(), json!(effect))]);
        LedgerNote { place, members: self.is_kept.then(members) }
    }

    pub(super) fn write(&mut self, faults: &Faults, event: LedgerEvent, note: LedgerNote) {
        self.counts[note.place] += 1;
        let Some(members) = note.members else { return };
        let fault = faults.at(note.place);
        let mut line = Map::new();
        line.insert("fault".to_owned(), json!(fault.name));
        line.insert("kind".to_owned(), json!(fault.kind.word()));
        line.insert("event_id".to_owned(), json!(event.id.to_string()));
        line.insert("event_time".to_owned(), json!(event.time));
        line.insert("user_id".to_owned(), json!(user_id(event.user_code)));
        line.extend(members);
        let line = Value::Object(line).to_string() + "\n";
        self.lines += 1;
        self.pending.push(Reverse((event.id, self.lines, line.into_bytes())));
    }

    /// Appends the lines of events before a time; of all, without one.
    pub(super) fn take(&mut self, before: Option<VirtualTime>, out: &mut Vec<u8>) {
        while let Some(first) = self.pending.peek() {
            if before.is_some_and(|before| first.0.0.millis() >= before.as_millis()) {
                break;
            }
            if let Some(Reverse((_, _, line))) = self.pending.pop() {
                out.extend_from_slice(&line);
            }
        }
    }

    /// The lines that each fault has so far, by its name.
    pub(super) fn counts(&self, faults: &Faults) -> BTreeMap<String, u64> {
        let names = faults.iter().map(|fault| fault.name.clone());
        names.zip(self.counts.iter().copied()).collect()
    }
}
