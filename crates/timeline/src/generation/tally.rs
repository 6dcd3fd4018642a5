//! Counts over the events of a timeline.

use std::collections::BTreeMap;

use event_simulator::event::Record;
use event_simulator::model::Model;
use event_simulator::time::VirtualTime;

/// The counts that a manifest has of the events.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    by_kind: Vec<u64>,
    /// Of deliveries: how many there are.
    arrivals: u64,
    faults: BTreeMap<String, u64>,
    first: Option<VirtualTime>,
    last: Option<VirtualTime>,
}

impl Tally {
    pub(crate) fn new(model: &Model) -> Self {
        let by_kind = vec![0; model.event_types().len()];
        Self { by_kind, arrivals: 0, faults: BTreeMap::new(), first: None, last: None }
    }

    #[inline]
    pub(crate) fn add(&mut self, record: &Record) {
        self.by_kind[record.event_type_index()] += 1;
        self.first = self.first.or(Some(record.time()));
        self.last = Some(record.time());
    }

    /// Adds something that arrived.
    #[inline]
    pub(crate) fn add_arrival(&mut self, time: VirtualTime) {
        self.arrivals += 1;
        self.first = self.first.or(Some(time));
        self.last = Some(time);
    }

    /// Takes down how much each fault has done so far.
    pub(crate) fn set_faults(&mut self, counts: BTreeMap<String, u64>) {
        self.faults = counts;
    }

    /// How much each fault has done, by its name.
    pub(crate) fn faults(&self) -> &BTreeMap<String, u64> {
        &self.faults
    }

    /// Adds what came after.
    pub(crate) fn append(&mut self, later: &Self) {
        for (sum, count) in self.by_kind.iter_mut().zip(&later.by_kind) {
            *sum += count;
        }
        self.first = self.first.or(later.first);
        self.last = later.last.or(self.last);
    }

    pub(crate) fn events(&self) -> u64 {
        self.by_kind.iter().sum::<u64>() + self.arrivals
    }

    pub(crate) fn events_by_type(&self, model: &Model) -> BTreeMap<String, u64> {
        let mut by_type = BTreeMap::new();
        for (name, &count) in model.event_types().iter().zip(&self.by_kind) {
            if count > 0 {
                *by_type.entry(name.clone()).or_default() += count;
            }
        }
        by_type
    }

    pub(crate) fn first(&self) -> Option<VirtualTime> {
        self.first
    }

    pub(crate) fn last(&self) -> Option<VirtualTime> {
        self.last
    }
}
