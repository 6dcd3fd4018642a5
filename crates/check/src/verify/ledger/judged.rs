//! What arrived, as the policy judges it, with what faults did to it.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use event_simulator::VirtualTime;
use event_simulator::deliveries::DELIVERY_ID;
use event_simulator::event::Field;
use event_simulator::policy::ArrivalVerdict;
use event_simulator::time::WrittenTime;
use event_simulator::wire::scan;

use crate::comparison::{RawEvent, TELLING, hash};
use crate::verify::account::DropReason;

use super::fault_notes::{FaultIndex, FaultNote, FaultNotes, NotedEffect};

/// Faults, in order and each once.
pub(super) type FaultSet = Vec<FaultIndex>;

/// The arrivals that do not count or to which faults did something, by the id with which they arrived.
pub(super) struct JudgedArrivals<'n> {
    notes: &'n FaultNotes,
    by_id: HashMap<u64, Vec<JudgedArrival>>,
    /// All that arrived.
    pub(super) arrivals: u64,
    /// Of each minute, the arrivals in it that count.
    pub(super) counting_by_minute: BTreeMap<u64, u64>,
    /// The first arrival that is no delivery.
    pub(super) no_delivery: Option<u64>,
}

/// An arrival, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct JudgedArrival {
    /// Why it does not count; none if it does.
    pub(super) reason: Option<DropReason>,
    /// The faults that matter for that; of one that counts, all that it or its copies have.
    pub(super) faults: FaultSet,
    /// The faults that changed a value of it.
    pub(super) changed_by: FaultSet,
    /// The milliseconds by which faults delayed it.
    pub(super) delay_ms: u64,
    /// When it arrived.
    received_at: VirtualTime,
}

/// How far a copy arrives from the arrival that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CopyDistance {
    /// The milliseconds between them.
    pub(super) millis: u64,
    /// True if they arrive on two days in UTC.
    pub(super) is_another_day: bool,
}

/// Where the copies among arrivals of one id are from the one that counts.
fn distance(copy: &JudgedArrival, arrivals: &[JudgedArrival]) -> Option<CopyDistance> {
    let counting = arrivals.iter().find(|arrival| arrival.reason.is_none())?;
    let (first, last) = if counting.received_at <= copy.received_at {
        (counting.received_at, copy.received_at)
    } else {
        (copy.received_at, counting.received_at)
    };
    (copy.reason == Some(DropReason::Copy)).then(|| CopyDistance {
        millis: last.millis_since(first),
        is_another_day: first.date() != last.date(),
    })
}

impl<'n> JudgedArrivals<'n> {
    pub(super) fn new(notes: &'n FaultNotes) -> Self {
        let counting_by_minute = BTreeMap::new();
        Self { notes, by_id: HashMap::new(), arrivals: 0, counting_by_minute, no_delivery: None }
    }

    /// Adds the delivery on a line, and what the policy says of it.
    pub(super) fn add(&mut self, line: &[u8], verdict: &ArrivalVerdict) {
        self.arrivals += 1;
        let Some(DeliveryParts { delivery, body, received_at }) = DeliveryParts::of(line) else {
            self.no_delivery.get_or_insert(self.arrivals);
            return;
        };
        let delivery = scan::text(delivery).unwrap_or_default();
        let (event_id, copy) = delivery.rsplit_once('-').unwrap_or((&delivery, ""));
        let copy: u16 = copy.parse().unwrap_or_default();
        let notes = self.notes.of(event_id);
        let reason = reason(verdict);
        if reason.is_none() {
            *self.counting_by_minute.entry(minute(received_at)).or_default() += 1;
        }
        if notes.is_empty() && reason.is_none() {
            return;
        }
        let of_arrival = |note: &&FaultNote| note.copy == copy || note.copy == 0;
        let faults = match reason {
            None => set(notes.iter()),
            Some(reason) => relevant(reason, notes.iter().filter(of_arrival), notes),
        };
        let is_changing =
            |note: &&FaultNote| matches!(note.effect, NotedEffect::Told | NotedEffect::Changed);
        let arrival = JudgedArrival {
            reason,
            faults,
            changed_by: set(notes.iter().filter(is_changing)),
            delay_ms: notes.iter().filter(of_arrival).map(|note| note.delay_ms).sum(),
            received_at,
        };
        let key = body.and_then(|body| key(&RawEvent::of_any(body)));
        let key = key.unwrap_or_else(|| hash(event_id.as_bytes()));
        self.by_id.entry(key).or_default().push(arrival);
    }

    /// The arrival as this event that counts, if anything was done to it.
    pub(super) fn counting(&self, event: &RawEvent<'_>) -> Option<&JudgedArrival> {
        let arrivals = self.by_id.get(&key(event)?)?;
        arrivals.iter().find(|arrival| arrival.reason.is_none())
    }

    /// Takes an arrival as this event that does not count: of several that which is likeliest to be kept, a copy first, and
    /// one that is no event last. Of a copy, how far it is from the one that counts.
    pub(super) fn take_dropped(
        &mut self,
        event: &RawEvent<'_>,
    ) -> Option<(JudgedArrival, Option<CopyDistance>)> {
        let arrivals = self.by_id.get_mut(&key(event)?)?;
        let dropped = (0..arrivals.len()).filter(|place| arrivals[*place].reason.is_some());
        let place = dropped.max_by_key(|place| arrivals[*place].reason)?;
        let distance = distance(&arrivals[place], arrivals);
        Some((arrivals.swap_remove(place), distance))
    }

    /// The copies that do not count and were not taken, each with its faults and how far it is from the one that counts.
    pub(super) fn dropped_copies(&self) -> Vec<(&FaultSet, CopyDistance)> {
        let mut copies = Vec::new();
        for arrivals in self.by_id.values() {
            for copy in arrivals {
                copies.extend(distance(copy, arrivals).map(|distance| (&copy.faults, distance)));
            }
        }
        copies
    }

    /// All arrivals that do not count and were not taken, by reason and faults.
    pub(super) fn dropped(&self) -> BTreeMap<(DropReason, FaultSet), u64> {
        let mut dropped = BTreeMap::new();
        for arrival in self.by_id.values().flatten() {
            if let Some(reason) = arrival.reason {
                *dropped.entry((reason, arrival.faults.clone())).or_default() += 1;
            }
        }
        for (fault, events) in &self.notes.lost {
            *dropped.entry((DropReason::Lost, vec![*fault])).or_default() += events;
        }
        dropped
    }

    /// The arrivals that count to which faults did something.
    pub(super) fn touched(&self) -> impl Iterator<Item = &JudgedArrival> {
        self.by_id.values().flatten().filter(|arrival| arrival.reason.is_none())
    }
}

/// What matters of a delivery.
pub(super) struct DeliveryParts<'l> {
    delivery: &'l [u8],
    pub(super) body: Option<&'l [u8]>,
    received_at: VirtualTime,
}

impl<'l> DeliveryParts<'l> {
    /// The parts of the delivery on a line; none if it is none.
    pub(super) fn of(line: &'l [u8]) -> Option<Self> {
        let [delivery, body, at] =
            scan::members(line, [DELIVERY_ID, "body", "received_at"]).ok()?;
        let received_at = WrittenTime::of_text(&scan::text(at?).ok()?)?.time;
        Some(Self { delivery: delivery?, body, received_at })
    }

    /// The minute in which it arrives.
    pub(super) fn minute(&self) -> u64 {
        minute(self.received_at)
    }
}

fn minute(time: VirtualTime) -> u64 {
    time.as_millis() / 60_000
}

/// That by which an event is found again: its id; the rest of it, if it has none.
pub(super) fn key(event: &RawEvent<'_>) -> Option<u64> {
    if let Some(id) = event.text(Field::EventId) {
        return Some(hash(id.as_bytes()));
    }
    let rest = TELLING.map(|field| event.get(field).unwrap_or_default()).join(&b'\n');
    (rest.len() >= TELLING.len()).then(|| hash(&rest))
}

fn reason(verdict: &ArrivalVerdict) -> Option<DropReason> {
    match verdict {
        ArrivalVerdict::Counts(_) | ArrivalVerdict::Held { replaces: false } => None,
        // The one before it does not count, which has the same key.
        ArrivalVerdict::Duplicate | ArrivalVerdict::Held { replaces: true } => {
            Some(DropReason::Copy)
        }
        ArrivalVerdict::Malformed(_) => Some(DropReason::Malformed),
        ArrivalVerdict::Late => Some(DropReason::Late),
        ArrivalVerdict::Ahead => Some(DropReason::Ahead),
        ArrivalVerdict::Bot => Some(DropReason::Bot),
    }
}

/// The faults by which an arrival does not count for that reason: of those it has, those that do such things; all, if
/// there are none.
fn relevant<'a>(
    reason: DropReason,
    of_arrival: impl Iterator<Item = &'a FaultNote> + Clone,
    all: &'a [FaultNote],
) -> FaultSet {
    use NotedEffect::{Added, Changed, Copied, Damaged, Delayed, Lost, Told};
    let effects: &[NotedEffect] = match reason {
        DropReason::Lost => &[Lost],
        DropReason::Malformed => &[Damaged],
        DropReason::Bot => &[Added],
        DropReason::Ahead => &[Told],
        DropReason::Late => &[Delayed, Copied],
        DropReason::Copy => &[Copied],
    };
    let does = |note: &&FaultNote| effects.contains(&note.effect);
    let found = set(of_arrival.clone().filter(does));
    if !found.is_empty() {
        return found;
    }
    let second: &[NotedEffect] = match reason {
        DropReason::Malformed | DropReason::Late => &[Told, Changed],
        _ => &[],
    };
    let found = set(of_arrival.filter(|note| second.contains(&note.effect)));
    if !found.is_empty() {
        return found;
    }
    // The event itself is the copy where one of its copies came before it.
    let found = set(all.iter().filter(does));
    if found.is_empty() { set(all.iter()) } else { found }
}

fn set<'a>(notes: impl Iterator<Item = &'a FaultNote>) -> FaultSet {
    let mut faults: FaultSet = notes.map(|note| note.fault).collect();
    faults.sort_unstable();
    faults.dedup();
    faults
}
