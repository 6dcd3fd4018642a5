//! The differences, each attributed to what the policy and the faults made of its event.

use std::collections::BTreeMap;

use foldhash::HashSet;

use crate::comparison::{Difference, EventRef, RawEvent};
use crate::verify::account::{AccountLine, DropReason, Judgement};
use crate::verify::finding::FindingKind;

use super::fault_notes::FaultNotes;
use super::judged::{CopyDistance, FaultSet, JudgedArrivals, key};

/// What became of events for a reason, by the faults to which that is due.
pub(super) type Judged = (Judgement, Option<DropReason>, FaultSet);

/// The differences, attributed.
pub(super) struct Attributions<'n> {
    pub(super) arrivals: JudgedArrivals<'n>,
    counts: BTreeMap<(FindingKind, Judged), u64>,
    /// The keys of missing events.
    pub(super) missing: HashSet<u64>,
    /// Of missing events, the delays.
    pub(super) missing_delays_ms: Vec<(FaultSet, u64)>,
    /// Of copies that were received, how far each is from the one that counts.
    pub(super) kept_copies: Vec<(FaultSet, CopyDistance)>,
    /// Events that count, whose values a fault changed, and that are missing or altered.
    changed_and_wrong: BTreeMap<FaultSet, u64>,
}

impl<'n> Attributions<'n> {
    pub(super) fn new(arrivals: JudgedArrivals<'n>) -> Self {
        Self {
            arrivals,
            counts: BTreeMap::new(),
            missing: HashSet::default(),
            missing_delays_ms: Vec::new(),
            kept_copies: Vec::new(),
            changed_and_wrong: BTreeMap::new(),
        }
    }

    /// Attributes a difference between what counts and what was received.
    pub(super) fn observe(&mut self, difference: &Difference<'_>) {
        match difference {
            Difference::Missing(event) => {
                self.missing.extend(key(&RawEvent::of_any(event.line)));
                self.wrong(FindingKind::Missing, Judgement::WronglyDropped, event);
            }
            Difference::Altered { sent, .. } => {
                self.wrong(FindingKind::Altered, Judgement::WronglyAltered, sent);
            }
            Difference::Duplicated(event) => self.received_beside(FindingKind::Duplicated, event),
            Difference::Unexpected(event) => self.received_beside(FindingKind::Unexpected, event),
            Difference::OutOfOrder { .. } | Difference::Late(..) | Difference::Unreadable(..) => {}
        }
    }

    /// Attributes what was received beside what counts to an arrival that does not count.
    fn received_beside(&mut self, kind: FindingKind, event: &EventRef<'_>) {
        let taken = self.arrivals.take_dropped(&RawEvent::of_any(event.line));
        let (reason, faults) = match taken {
            Some((arrival, distance)) => {
                let distance = distance.map(|distance| (arrival.faults.clone(), distance));
                self.kept_copies.extend(distance);
                (arrival.reason, arrival.faults)
            }
            None => (None, FaultSet::new()),
        };
        let is_twice = kind == FindingKind::Duplicated || reason == Some(DropReason::Copy);
        let judgement = if is_twice { Judgement::CountedTwice } else { Judgement::WronglyKept };
        self.add(kind, (judgement, reason, faults));
    }

    fn wrong(&mut self, kind: FindingKind, judgement: Judgement, event: &EventRef<'_>) {
        let arrival = self.arrivals.counting(&RawEvent::of_any(event.line));
        let faults = arrival.map(|arrival| arrival.faults.clone()).unwrap_or_default();
        if let Some(arrival) = arrival {
            if !arrival.changed_by.is_empty() {
                *self.changed_and_wrong.entry(arrival.changed_by.clone()).or_default() += 1;
            }
            if judgement == Judgement::WronglyDropped && arrival.delay_ms > 0 {
                self.missing_delays_ms.push((faults.clone(), arrival.delay_ms));
            }
        }
        self.add(kind, (judgement, None, faults));
    }

    fn add(&mut self, kind: FindingKind, judged: Judged) {
        *self.counts.entry((kind, judged)).or_default() += 1;
    }

    /// The numbers, all of them.
    pub(super) fn lines(&self, notes: &FaultNotes) -> Vec<AccountLine> {
        let mut counts: BTreeMap<Judged, u64> = BTreeMap::new();
        for ((_, judged), events) in &self.counts {
            *counts.entry(judged.clone()).or_default() += events;
        }
        for ((reason, faults), events) in self.arrivals.dropped() {
            counts.insert((Judgement::RightlyDropped, Some(reason), faults), events);
        }
        for (faults, events) in self.rightly_altered() {
            counts.insert((Judgement::RightlyAltered, None, faults), events);
        }
        let line = |((judgement, reason, faults), events): (Judged, u64)| AccountLine {
            judgement,
            reason,
            faults: faults.iter().map(|fault| notes.name(*fault).to_owned()).collect(),
            events,
        };
        counts.into_iter().map(line).collect()
    }

    fn rightly_altered(&self) -> BTreeMap<FaultSet, u64> {
        let mut altered: BTreeMap<FaultSet, u64> = BTreeMap::new();
        for arrival in self.arrivals.touched().filter(|arrival| !arrival.changed_by.is_empty()) {
            *altered.entry(arrival.changed_by.clone()).or_default() += 1;
        }
        for (faults, wrong) in &self.changed_and_wrong {
            let events = altered.entry(faults.clone()).or_default();
            *events = events.saturating_sub(*wrong);
        }
        altered.retain(|_, events| *events > 0);
        altered
    }

    /// The findings of a kind, by what became of their events, the reason and the faults.
    pub(super) fn found(&self, kind: FindingKind) -> impl Iterator<Item = (&Judged, u64)> {
        let of_kind = self.counts.iter().filter(move |((of, _), _)| *of == kind);
        of_kind.map(|((_, judged), events)| (judged, *events))
    }
}
