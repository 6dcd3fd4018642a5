//! What arrives of a simulation, in the order in which it arrives.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::event::Record;
use crate::model::Model;
use crate::population::Ids;
use crate::random::RngStreams;
use crate::simulation::{Shard, Simulation};
use crate::time::VirtualTime;

use super::bots::Bots;
use super::delivery::Delivery;
use super::planner::DeliveryPlanner;

/// The deliveries of a simulation: an iterator in the order of arrival.
///
/// Memory holds what is under way, no more: events that are late, copies that are to come.
///
/// ```
/// use event_simulator::Scenario;
/// use event_simulator::deliveries::Deliveries;
///
/// let yaml = "faults: { late: { share: 0.2, delay: { median: 20s, p90: 5m } } }";
/// let simulation = Scenario::from_yaml(yaml)?.compile()?.simulate(7);
/// let deliveries: Vec<_> = Deliveries::new(simulation).collect();
/// assert!(deliveries.is_sorted_by_key(|delivery| delivery.received_at()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Deliveries {
    simulation: Simulation,
    next: Option<Record>,
    bots: Bots,
    ids: Ids,
    planner: DeliveryPlanner,
    /// What arrives at the moment at which it happens: most events, of which few are there at a time.
    at_once: BinaryHeap<Reverse<Delivery>>,
    /// What arrives later.
    pending: BinaryHeap<Reverse<Delivery>>,
}

impl Deliveries {
    /// What arrives of all users.
    pub fn new(simulation: Simulation) -> Self {
        Self::of_shard(simulation, Shard::WHOLE, false)
    }

    /// What arrives of one part of the users, whose simulation this is, with or without the lines of a ledger.
    pub fn of_shard(mut simulation: Simulation, shard: Shard, keeps_ledger: bool) -> Self {
        let next = simulation.next_record();
        let model = simulation.model();
        let bots = Bots::new(model, shard);
        let ids = Ids::new(&RngStreams::new(model.seed()));
        let planner = DeliveryPlanner::new(model, keeps_ledger);
        let (at_once, pending) = (BinaryHeap::new(), BinaryHeap::new());
        Self { simulation, next, bots, ids, planner, at_once, pending }
    }

    /// The model whose events arrive.
    pub fn model(&self) -> &Model {
        self.simulation.model()
    }

    /// Appends the ledger's lines since they were last taken, in the order of their events' ids, which is that of their
    /// true times. After the last delivery those are all that there are.
    pub fn take_ledger(&mut self, out: &mut Vec<u8>) {
        let until = self.planned_until();
        self.planner.ledger.take(until, out);
    }

    /// How much each fault has done so far, by its name.
    pub fn fault_counts(&self) -> BTreeMap<String, u64> {
        self.planner.ledger.counts(self.model().faults())
    }

    /// The true time up to which everything has been planned.
    fn planned_until(&self) -> Option<VirtualTime> {
        let next = self.next.map(|record| record.time);
        match (next, self.bots.next_at()) {
            (Some(next), Some(bots)) => Some(next.min(bots)),
            (next, bots) => next.or(bots),
        }
    }

    /// Plans what happens next.
    fn plan(&mut self, time: VirtualTime) {
        let (at_once, pending) = (&mut self.at_once, &mut self.pending);
        let mut deliver = |delivery: Delivery| {
            let queue = if delivery.received_at == time { &mut *at_once } else { &mut *pending };
            queue.push(Reverse(delivery));
        };
        if let Some(record) = self.next.filter(|record| record.time == time) {
            self.planner.plan(&record, &mut deliver);
            self.next = self.simulation.next_record();
        } else {
            let model = self.simulation.model();
            self.bots.visit(model, &self.ids, &mut self.planner.ledger, &mut deliver);
        }
    }
}

impl Iterator for Deliveries {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        loop {
            // What happens at the time of an arrival may arrive before it.
            let until = self.planned_until();
            let is_due =
                |first: &Reverse<Delivery>| until.is_none_or(|until| first.0.received_at < until);
            // The first of both, which is the greater one of what is reversed.
            let queue = match (self.at_once.peek(), self.pending.peek()) {
                (Some(at_once), pending) if pending.is_none_or(|pending| at_once > pending) => {
                    &mut self.at_once
                }
                _ => &mut self.pending,
            };
            if queue.peek().is_some_and(is_due) {
                return queue.pop().map(|Reverse(delivery)| delivery);
            }
            self.plan(until?);
        }
    }
}
