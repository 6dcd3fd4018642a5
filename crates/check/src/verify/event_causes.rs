//! The probable causes of what differs between events.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use event_simulator::event::Field;
use event_simulator::time::WrittenTime;

use crate::comparison::{Compared, Difference, FieldChange, RawEvent};

use super::cause::{Cause, ValueChange};

/// Users and changes that are told apart; beyond, the picture is clear enough.
const MOST_DISTINCT: usize = 10_000;

/// So many of one kind and none of another are no accident.
const TELLING: u64 = 20;

/// Changes of fields that are named.
const MOST_ALTERED: usize = 5;

/// The differences of events, counted by what they have in common.
#[derive(Default)]
pub(super) struct EventCauses {
    missing: u64,
    missing_types: BTreeMap<String, u64>,
    /// The places of the first and the last event that is missing.
    missing_orders: Option<(u64, u64)>,
    unexpected: u64,
    unexpected_users: BTreeSet<String>,
    duplicated: u64,
    out_of_order: u64,
    late: u64,
    unreadable: u64,
    altered: BTreeMap<(String, ValueChange), u64>,
}

impl EventCauses {
    pub(super) fn observe(&mut self, difference: &Difference<'_>) {
        match difference {
            Difference::Missing(event) => {
                self.missing += 1;
                if let Some(event_type) = RawEvent::of_any(event.line).text(Field::EventType) {
                    *self.missing_types.entry(event_type).or_default() += 1;
                }
                let (first, last) = self.missing_orders.unwrap_or((event.order, event.order));
                self.missing_orders = Some((first.min(event.order), last.max(event.order)));
            }
            Difference::Unexpected(event) => {
                self.unexpected += 1;
                if self.unexpected_users.len() < MOST_DISTINCT {
                    self.unexpected_users.extend(RawEvent::of_any(event.line).text(Field::UserId));
                }
            }
            Difference::Duplicated(_) => self.duplicated += 1,
            Difference::Altered { changes, .. } => {
                for change in changes {
                    self.observe_change(change);
                }
            }
            Difference::OutOfOrder { .. } => self.out_of_order += 1,
            Difference::Late(..) => self.late += 1,
            Difference::Unreadable(..) => self.unreadable += 1,
        }
    }

    fn observe_change(&mut self, change: &FieldChange) {
        let key = (change.field.clone(), value_change(change));
        if self.altered.len() < MOST_DISTINCT || self.altered.contains_key(&key) {
            *self.altered.entry(key).or_default() += 1;
        }
    }

    /// The causes, in the order in which they should be looked into.
    pub(super) fn into_causes(self, compared: &Compared) -> Vec<Cause> {
        let mut causes = Vec::new();
        causes.extend(self.cause_of_unexpected(compared));
        causes.extend(self.cause_of_missing(compared));
        if self.duplicated > 0 {
            causes.push(Cause::EventsDuplicated);
        }
        let mut altered: Vec<_> = self.altered.into_iter().collect();
        altered.sort_by_key(|(_, events)| Reverse(*events));
        let altered = altered.into_iter().take(MOST_ALTERED);
        causes.extend(altered.map(|((field, change), events)| Cause::FieldAltered {
            field,
            events,
            change,
        }));
        if self.out_of_order > 0 {
            causes.push(Cause::EventsOutOfOrder);
        }
        if self.late > 0 {
            causes.push(Cause::EventsLate);
        }
        if self.unreadable > 0 {
            causes.push(Cause::LinesUnreadable);
        }
        causes
    }

    fn cause_of_unexpected(&self, compared: &Compared) -> Option<Cause> {
        match self.unexpected {
            0 => None,
            all if all == compared.received => Some(Cause::AnotherTimeline),
            _ => Some(Cause::UnsentEvents { users: self.unexpected_users.len() }),
        }
    }

    fn cause_of_missing(&self, compared: &Compared) -> Option<Cause> {
        let (first, last) = self.missing_orders?;
        let is_one_run = self.missing == last - first + 1;
        let mut types = self.missing_types.iter();
        let only_type = types.next().filter(|_| types.next().is_none());
        Some(if self.missing == compared.sent {
            Cause::NothingReceived
        } else if is_one_run && last + 1 == compared.sent {
            Cause::EndMissing
        } else if is_one_run && first == 0 && self.missing > 1 {
            Cause::BeginningMissing
        } else if is_one_run && self.missing >= TELLING {
            Cause::RunMissing
        } else if let Some((event_type, &events)) = only_type.filter(|(_, n)| **n >= TELLING) {
            Cause::TypeMissing { event_type: event_type.clone(), events }
        } else {
            Cause::ScatteredMissing
        })
    }
}

fn value_change(change: &FieldChange) -> ValueChange {
    if change.received.is_empty() {
        return ValueChange::Lost;
    }
    if change.sent.is_empty() {
        return ValueChange::Gained;
    }
    let (Ok(sent), Ok(received)) = (
        serde_json::from_str::<Value>(&change.sent),
        serde_json::from_str::<Value>(&change.received),
    ) else {
        return ValueChange::Other;
    };
    let is_same_text = plain(&sent) == plain(&received);
    let is_same_number = sent.as_f64().is_some() && sent.as_f64() == received.as_f64();
    if is_same_text || is_same_number || sent.is_object() != received.is_object() {
        return ValueChange::Retyped;
    }
    if change.field != Field::EventTime.name() {
        return ValueChange::Other;
    }
    let millis =
        |value: &Value| Some(WrittenTime::of_text(value.as_str()?)?.time.as_millis() as i64);
    match (millis(&sent), millis(&received)) {
        (_, None) if received.is_number() => ValueChange::Retyped,
        (Some(sent), Some(received)) => {
            let delta = received - sent;
            let is_cut = received % 1_000 == 0 && delta.abs() < 1_000;
            if is_cut { ValueChange::CutToSeconds } else { ValueChange::ShiftedMillis(delta) }
        }
        _ => ValueChange::Other,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
