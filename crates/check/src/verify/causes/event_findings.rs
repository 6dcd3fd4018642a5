//! The differences of events, gathered by kind while they are found.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use event_simulator::VirtualTime;
use event_simulator::event::Field;

use crate::comparison::{Difference, EventRef, FieldChange, NotAnEvent, RawEvent};

use super::value_change::ValueChange;

/// Values and changes that are told apart; beyond, the picture is clear enough.
const MOST_DISTINCT: usize = 10_000;

/// Fields whose changes are looked at.
const MOST_FIELDS: usize = 50;

/// Of each kind, what is known of those found.
#[derive(Default)]
pub(super) struct EventFindings {
    /// Places among what was sent.
    pub(super) missing: Vec<u64>,
    /// Received events, to be found again among what was sent.
    pub(super) duplicated: Vec<ReceivedKeys>,
    pub(super) out_of_order: Vec<ReceivedKeys>,
    pub(super) late: Vec<ReceivedKeys>,
    pub(super) altered: BTreeMap<String, FieldChanges>,
    pub(super) altered_events: u64,
    /// Hashes of the ids that altered events have instead of theirs.
    pub(super) other_ids: Vec<u64>,
    pub(super) unexpected: UnexpectedEvents,
    /// Lines that are no events by what they are instead; empty for what is not known.
    pub(super) unreadable: BTreeMap<String, u64>,
    /// Sums of hashes of type and time, which are the same for the same events.
    pub(super) missing_moments: u64,
}

/// Hashes by which a received event is found among those that were sent.
#[derive(Clone, Copy)]
pub(super) struct ReceivedKeys([Option<u64>; 3]);

/// The changes of one field.
#[derive(Default)]
pub(super) struct FieldChanges {
    pub(super) places: Vec<u64>,
    pub(super) changes: BTreeMap<ValueChange, u64>,
}

/// What was received and never sent.
#[derive(Default)]
pub(super) struct UnexpectedEvents {
    pub(super) count: u64,
    pub(super) values: BTreeMap<(Field, String), u64>,
    pub(super) earliest: Option<VirtualTime>,
    pub(super) latest: Option<VirtualTime>,
    pub(super) moments: u64,
}

/// The fields of unexpected events that may be unknown.
pub(super) const TELLING_FIELDS: [Field; 3] = [Field::EventType, Field::UserId, Field::SessionId];

impl EventFindings {
    pub(super) fn observe(&mut self, difference: &Difference<'_>) {
        match difference {
            Difference::Missing(event) => {
                self.missing.push(event.order);
                let moment = moment(&RawEvent::of_any(event.line));
                self.missing_moments = self.missing_moments.wrapping_add(moment);
            }
            Difference::Unexpected(event) => self.unexpected.add(event),
            Difference::Duplicated(event) => self.duplicated.push(ReceivedKeys::of(event.line)),
            Difference::Late(event, _) => self.late.push(ReceivedKeys::of(event.line)),
            Difference::Altered { sent, changes, .. } => {
                self.altered_events += 1;
                for change in changes {
                    self.add_change(change, sent);
                }
            }
            Difference::OutOfOrder { received, .. } => {
                self.out_of_order.push(ReceivedKeys::of(received.line));
            }
            Difference::Unreadable(_, what) => {
                let is_known = !matches!(what, NotAnEvent::Other(_));
                let what = if is_known { what.to_string() } else { String::new() };
                let is_counted = self.unreadable.len() < MOST_DISTINCT;
                let what = if is_counted { what } else { String::new() };
                *self.unreadable.entry(what).or_default() += 1;
            }
        }
    }

    fn add_change(&mut self, change: &FieldChange, sent: &EventRef<'_>) {
        if change.field == Field::EventId.name()
            && let Ok(id) = serde_json::from_str::<String>(&change.received)
        {
            self.other_ids.push(hash_of(&id));
        }
        if self.altered.len() >= MOST_FIELDS && !self.altered.contains_key(&change.field) {
            return;
        }
        let field = self.altered.entry(change.field.clone()).or_default();
        field.places.push(sent.order);
        for possible in ValueChange::of(change, sent.line) {
            if field.changes.len() < MOST_DISTINCT || field.changes.contains_key(&possible) {
                *field.changes.entry(possible).or_default() += 1;
            }
        }
    }
}

impl UnexpectedEvents {
    fn add(&mut self, event: &EventRef<'_>) {
        let raw = RawEvent::of_any(event.line);
        self.count += 1;
        self.moments = self.moments.wrapping_add(moment(&raw));
        if let Some(time) = raw.time() {
            self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
            self.latest = Some(self.latest.map_or(time, |latest| latest.max(time)));
        }
        for field in TELLING_FIELDS {
            let key = (field, raw.text(field).unwrap_or_default().into_owned());
            if self.values.len() < MOST_DISTINCT || self.values.contains_key(&key) {
                *self.values.entry(key).or_default() += 1;
            }
        }
    }
}

impl ReceivedKeys {
    fn of(line: &[u8]) -> Self {
        let event = RawEvent::of_any(line);
        let kept = event.get(Field::Props).and_then(|props| {
            let [id] = event_simulator::wire::scan::members(props, [Field::EventId.name()]).ok()?;
            event_simulator::wire::scan::text(id?).ok()
        });
        let id =
            |text: Option<Cow<'_, str>>| text.filter(|id| !id.is_empty()).map(|id| hash_of(&id));
        Self([id(event.text(Field::EventId)), id(kept), Some(content(&event))])
    }

    /// The place of the first of its keys that is known.
    pub(super) fn find(&self, known: &std::collections::HashMap<u64, u32>) -> Option<u32> {
        self.0.iter().flatten().find_map(|key| known.get(key).copied())
    }

    /// True if one of its ids is known.
    pub(super) fn is_found_by_id(&self, known: &std::collections::HashMap<u64, u32>) -> bool {
        let [id, kept, _] = self.0;
        id.into_iter().chain(kept).any(|key| known.contains_key(&key))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flatten().copied()
    }

    /// The keys under which a sent event is found.
    pub(super) fn of_sent(event: &RawEvent<'_>) -> impl Iterator<Item = u64> {
        let id = event.text(Field::EventId).map(|id| hash_of(&id));
        id.into_iter().chain([content(event)])
    }
}

fn hash_of(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// The hash of all but ids and props.
fn content(event: &RawEvent<'_>) -> u64 {
    let fields =
        [Field::EventType, Field::UserId, Field::SessionId, Field::PagePath, Field::ButtonId];
    let texts = fields.map(|field| event.text(field));
    FixedState::default().hash_one((texts, event.time().map(VirtualTime::as_millis)))
}

fn moment(event: &RawEvent<'_>) -> u64 {
    let time = event.time().map(VirtualTime::as_millis);
    FixedState::default().hash_one((event.text(Field::EventType), time))
}
