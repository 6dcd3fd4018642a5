//! Lanes, by which one user's events keep their order.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use foldhash::HashMap;

use crate::source::Lane;

/// The batches that wait to be sent. Of each lane at most one is out at a time, between [`Lanes::next`] and
/// [`Lanes::settle`].
#[derive(Debug)]
pub(crate) struct Lanes<T> {
    /// For each busy lane, what must wait for it.
    waiting: HashMap<u64, VecDeque<T>>,
    ready: VecDeque<T>,
}

impl<T> Lanes<T> {
    pub(crate) fn new() -> Self {
        Self { waiting: HashMap::default(), ready: VecDeque::new() }
    }

    /// The number of those that may go out.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// True if one of `lane` is out or waits.
    pub(crate) fn is_busy(&self, lane: Lane) -> bool {
        lane.is_some_and(|lane| self.waiting.contains_key(&lane))
    }

    /// The number of those that wait.
    #[cfg(test)]
    fn queued(&self) -> usize {
        self.ready.len() + self.waiting.values().map(VecDeque::len).sum::<usize>()
    }

    /// Puts `batch` at the end of its lane.
    pub(crate) fn admit(&mut self, lane: Lane, batch: T) {
        let Some(lane) = lane else { return self.ready.push_back(batch) };
        match self.waiting.entry(lane) {
            Entry::Occupied(mut busy) => busy.get_mut().push_back(batch),
            Entry::Vacant(free) => {
                free.insert(VecDeque::new());
                self.ready.push_back(batch);
            }
        }
    }

    /// The next that may go out.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.ready.pop_front()
    }

    /// Lets the next of `lane` go, because what was out in it is settled.
    pub(crate) fn settle(&mut self, lane: Lane) {
        let Some(lane) = lane else { return };
        if let Entry::Occupied(mut busy) = self.waiting.entry(lane) {
            match busy.get_mut().pop_front() {
                Some(batch) => self.ready.push_back(batch),
                None => {
                    busy.remove();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_lane_keeps_its_order_and_has_one_out(
            lanes in prop::collection::vec(prop::option::weighted(0.9, 0_u64..5), 0..200),
            settle_last in prop::collection::vec(any::<bool>(), 400),
        ) {
            let mut queue = Lanes::new();
            let mut out: Vec<(Lane, usize)> = Vec::new();
            let mut settled: Vec<(Lane, usize)> = Vec::new();
            let mut choice = settle_last.into_iter().cycle();
            let mut step = |queue: &mut Lanes<(Lane, usize)>, settled: &mut Vec<_>| {
                if let Some(batch) = queue.next() {
                    assert!(batch.0.is_none() || out.iter().all(|other| other.0 != batch.0));
                    out.push(batch);
                }
                if out.len() >= 3 || queue.queued() == 0 {
                    let at = if choice.next().unwrap() { out.len().saturating_sub(1) } else { 0 };
                    if at < out.len() {
                        let batch = out.remove(at);
                        queue.settle(batch.0);
                        settled.push(batch);
                    }
                }
            };
            for (number, &lane) in lanes.iter().enumerate() {
                queue.admit(lane, (lane, number));
                step(&mut queue, &mut settled);
            }
            for _ in 0..lanes.len() * 2 + 8 {
                step(&mut queue, &mut settled);
            }
            prop_assert_eq!(settled.len(), lanes.len());
            prop_assert_eq!(queue.queued(), 0);
            prop_assert!(queue.waiting.is_empty(), "an idle lane costs nothing");
            for lane in 0..5 {
                let of_lane: Vec<_> =
                    settled.iter().filter(|batch| batch.0 == Some(lane)).map(|batch| batch.1).collect();
                prop_assert!(of_lane.is_sorted());
            }
        }
    }
}
