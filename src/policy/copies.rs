//! Copies of one event.

use std::collections::VecDeque;

use foldhash::{HashMap, HashSet};

use crate::digest;
use crate::event::{Field, uuid_bits};
use crate::scenario::policy::{DeduplicateSpec, KeptCopy};
use crate::time::VirtualTime;
use crate::wire::{EventFields, scan};

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
    /// It has none of the fields by which copies are told, and is a copy of none.
    HasNoKey,
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
        let Some(key) = self.key(event, received_at) else { return CopyVerdict::HasNoKey };
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

    /// The bits of a UUID that copies have in common, or those of the digest of all values; none if the event has none of
    /// the fields. A day, which every event has, tells no copies by itself.
    fn key(&mut self, event: &EventFields<'_>, received_at: VirtualTime) -> Option<u128> {
        if let [name] = self.by.as_slice()
            && name == Field::EventId.name()
            && let Some(bits) = uuid_bits(event.event_id.as_bytes())
        {
            return Some(bits);
        }
        self.values.clear();
        let mut has_any = false;
        for name in &self.by {
            let length_at = self.values.len();
            self.values.extend_from_slice(&[0; size_of::<u64>()]);
            let value_at = self.values.len();
            append_value(event, name, &mut self.values);
            has_any |= self.values.len() > value_at;
            if self.values.len() == value_at
                && let Some(day) = day(name, event.event_time, received_at)
            {
                self.values.extend_from_slice(day.as_bytes());
            }
            let length = self.values.len() - value_at;
            self.values[length_at..value_at].copy_from_slice(&(length as u64).to_le_bytes());
        }
        has_any.then(|| digest::key(&self.values))
    }
}

/// The day in UTC that `by` may name: that on which an event happened, as it would count, or arrived.
fn day(name: &str, event_time: VirtualTime, received_at: VirtualTime) -> Option<String> {
    match name {
        "event_date" => Some(event_time.date()),
        "received_date" => Some(received_at.date()),
        _ => None,
    }
}

fn packed(event: &EventFields<'_>) -> Vec<u8> {
    let mut packed = Vec::new();
    event.pack(&mut packed);
    packed
}

/// Appends the value of a field, of a property (`props.NAME`), or of an attribute (`user.NAME`); nothing if the event has none.
fn append_value(event: &EventFields<'_>, name: &str, out: &mut Vec<u8>) {
    let text = |text: &Option<std::borrow::Cow<'_, str>>, out: &mut Vec<u8>| {
        out.extend_from_slice(text.as_deref().unwrap_or_default().as_bytes());
    };
    match Field::ALL.into_iter().find(|field| field.name() == name) {
        Some(Field::EventId) => out.extend_from_slice(event.event_id.as_bytes()),
        Some(Field::EventTime) => out.extend_from_slice(&event.event_time.text()),
        Some(Field::EventType) => out.extend_from_slice(event.event_type.as_bytes()),
        Some(Field::UserId) => out.extend_from_slice(event.user_id.as_bytes()),
        Some(Field::SessionId) => out.extend_from_slice(event.session_id.as_bytes()),
        Some(Field::PagePath) => text(&event.page_path, out),
        Some(Field::ButtonId) => text(&event.button_id, out),
        Some(Field::Props) => out.extend_from_slice(&event.props),
        None => out.extend_from_slice(member(event, name).unwrap_or_default()),
    }
}

/// The JSON of a field that not all events have, or of a member of an object.
fn member<'e>(event: &'e EventFields<'_>, name: &str) -> Option<&'e [u8]> {
    if let Some(value) = event.own_field(name) {
        return Some(value);
    }
    let (object, name) = name.split_once('.')?;
    let object =
        if object == Field::Props.name() { &*event.props } else { event.own_field(object)? };
    let [value] = scan::members(object, [name]).ok()?;
    value.filter(|value| *value != b"null")
}

#[cfg(test)]
mod tests {
    use super::CopyVerdict::{Counts, HasNoKey, IsCopy};
    use super::*;

    #[test]
    fn copies_are_told_by_properties_and_events_without_them_are_copies_of_none() {
        let rule = |by: &[&str]| {
            let by = by.iter().map(|name| (*name).to_owned()).collect();
            Copies::new(&DeduplicateSpec { by, ..DeduplicateSpec::default() })
        };
        let mut by_order = rule(&["props.order_id"]);
        let mut by_time = rule(&["user_id", "event_time"]);
        let mut look = |number: u64, second: u64, props: &str| {
            let line = format!(
                r#"{{"event_id":"e{number}","event_time":"2026-01-01T00:00:0{second}.000Z","event_type":"purchase","user_id":"u","session_id":"s","props":{props}}}"#
            );
            let event = EventFields::of_line(line.as_bytes()).unwrap();
            [&mut by_order, &mut by_time].map(|copies| copies.look_at(&event, VirtualTime::MIN))
        };
        assert_eq!(look(0, 1, r#"{"order_id":7}"#), [Counts, Counts]);
        assert_eq!(look(1, 2, r#"{"order_id":7}"#), [IsCopy, Counts]);
        assert_eq!(look(2, 2, r#"{"order_id":8}"#), [Counts, IsCopy]);
        assert_eq!(look(3, 3, "{}"), [HasNoKey, Counts]);
        assert_eq!(look(4, 4, r#"{"order_id":null}"#), [HasNoKey, Counts]);
    }

    #[test]
    fn copies_of_another_day_are_others() {
        let by = ["event_id", "received_date"].map(str::to_owned).to_vec();
        let mut copies = Copies::new(&DeduplicateSpec { by, ..DeduplicateSpec::default() });
        let line = br#"{"event_id":"e","event_time":"2026-01-01T00:00:00.000Z","event_type":"purchase","user_id":"u","session_id":"s"}"#;
        let event = EventFields::of_line(line).unwrap();
        let mut look = |time: &str| copies.look_at(&event, time.parse().unwrap());
        assert_eq!(look("2026-01-01T10:00:00Z"), Counts);
        assert_eq!(look("2026-01-01T23:59:59.999Z"), IsCopy);
        assert_eq!(look("2026-01-02T00:00:00Z"), Counts);
    }
}
