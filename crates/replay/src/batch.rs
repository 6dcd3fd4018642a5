//! Gathering events into units: one for each request.

use std::time::{Duration, Instant};

use super::delivery::{Parcel, Unit};

/// Gathers events into batches, so that lanes keep their order.
///
/// A batch holds events of many lanes, so two batches with a lane in common must not be out at the
/// same time. That is made simple by spreading all lanes over a fixed number of stripes: a stripe's
/// batches go one after the other, and different stripes have no lane in common.
#[derive(Debug)]
pub(super) struct Batcher {
    size: usize,
    wait: Duration,
    keeps_order: bool,
    stripes: Vec<Stripe>,
    next_stripe: usize,
}

#[derive(Debug, Default)]
struct Stripe {
    parcels: Vec<Parcel>,
    /// When its first event came.
    since: Option<Instant>,
}

impl Batcher {
    /// Batches of `size` events at most; one event for each unit if it is 1.
    pub(super) fn new(size: usize, wait: Duration, stripes: Option<usize>) -> Self {
        let keeps_order = stripes.is_some();
        let stripes = (0..stripes.unwrap_or(1).max(1)).map(|_| Stripe::default()).collect();
        Self { size: size.max(1), wait, keeps_order, stripes, next_stripe: 0 }
    }

    /// Adds an event that came at `now`, and gives the unit that it fills.
    pub(super) fn add(&mut self, parcel: Parcel, now: Instant) -> Option<Unit> {
        if self.size == 1 {
            return Some(Unit { lane: parcel.item.lane, parcels: vec![parcel] });
        }
        let count = self.stripes.len();
        let number = if let Some(lane) = parcel.item.lane {
            (lane % count as u64) as usize
        } else {
            self.next_stripe = (self.next_stripe + 1) % count;
            self.next_stripe
        };
        let stripe = self.stripes.get_mut(number)?;
        stripe.since.get_or_insert(now);
        stripe.parcels.push(parcel);
        if stripe.parcels.len() >= self.size { self.take(number) } else { None }
    }

    /// When the first of the waiting events must go, full batch or not.
    pub(super) fn next_flush(&self) -> Option<Instant> {
        self.stripes.iter().filter_map(|stripe| stripe.since).min().map(|since| since + self.wait)
    }

    /// The batches that have waited long enough at `now`; all of them without it.
    pub(super) fn flush(&mut self, now: Option<Instant>) -> Vec<Unit> {
        let is_due = |since: Instant| now.is_none_or(|now| since + self.wait <= now);
        let due: Vec<usize> = (0..self.stripes.len())
            .filter(|&number| {
                self.stripes.get(number).and_then(|stripe| stripe.since).is_some_and(is_due)
            })
            .collect();
        due.into_iter().filter_map(|number| self.take(number)).collect()
    }

    fn take(&mut self, number: usize) -> Option<Unit> {
        let stripe = std::mem::take(self.stripes.get_mut(number)?);
        let lane = self.keeps_order.then_some(number as u64);
        (!stripe.parcels.is_empty()).then_some(Unit { lane, parcels: stripe.parcels })
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Item;
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn parcel(position: u64, lane: Option<u64>) -> Parcel {
        let body = Bytes::from_static(b"{}");
        let item =
            Item { position, time: None, lane, body, time_value: None, id: None, kind: None };
        Parcel { item, due: None, rewritten: None }
    }

    proptest! {
        #[test]
        fn a_lane_is_always_in_the_same_stripe_and_in_order(
            lanes in prop::collection::vec(prop::option::weighted(0.9, any::<u64>()), 0..200),
            size in 2_usize..10,
            stripes in 1_usize..5,
        ) {
            let now = Instant::now();
            let mut batcher = Batcher::new(size, Duration::ZERO, Some(stripes));
            let mut units = Vec::new();
            for (position, &lane) in lanes.iter().enumerate() {
                units.extend(batcher.add(parcel(position as u64, lane), now));
            }
            units.extend(batcher.flush(Some(now)));
            prop_assert_eq!(batcher.next_flush(), None);
            let mut seen: Vec<(Option<u64>, u64, Option<u64>)> = Vec::new();
            for unit in &units {
                prop_assert!(unit.parcels.len() <= size && !unit.parcels.is_empty());
                for parcel in &unit.parcels {
                    seen.push((parcel.item.lane, parcel.item.position, unit.lane));
                }
            }
            prop_assert_eq!(seen.len(), lanes.len());
            for lane in lanes.iter().copied().flatten() {
                let of_lane: Vec<_> = seen.iter().filter(|one| one.0 == Some(lane)).collect();
                prop_assert!(of_lane.windows(2).all(|two| two[0].1 < two[1].1 && two[0].2 == two[1].2));
            }
        }
    }

    #[test]
    fn a_batch_that_does_not_fill_goes_after_its_wait() {
        let now = Instant::now();
        let wait = Duration::from_millis(50);
        let mut batcher = Batcher::new(10, wait, None);
        assert!(batcher.add(parcel(1, Some(1)), now).is_none());
        assert_eq!(batcher.next_flush(), Some(now + wait));
        assert!(batcher.flush(Some(now)).is_empty());
        let units = batcher.flush(Some(now + wait));
        assert_eq!(units.len(), 1);
        assert_eq!(units[0].lane, None);
    }
}
