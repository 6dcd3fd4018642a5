//! Gathering events into batches: one for each request.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::batch::{Batch, ScheduledEvent};
use crate::config::Config;
use crate::source::Lane;

/// Gathers events into batches, so that lanes keep their order.
///
/// A batch holds events of many lanes, so two batches with a lane in common must not be out at the
/// same time. That is made simple by spreading all lanes over a fixed number of stripes: a stripe's
/// batches go one after the other, and different stripes have no lane in common.
#[derive(Debug)]
pub(crate) struct Batcher {
    size: usize,
    /// Bytes of a batch's events, what stands between them included.
    bytes: usize,
    wait: Duration,
    keeps_order: bool,
    stripes: Vec<Stripe>,
    next_stripe: usize,
}

/// The events of a batch that is not full.
#[derive(Debug, Default)]
struct Stripe {
    events: Vec<ScheduledEvent>,
    bytes: usize,
    /// The instant at which its first event came.
    since: Option<Instant>,
}

impl Batcher {
    /// A batcher with as many stripes as there may be requests in flight.
    pub(crate) fn for_config(config: &Config) -> Self {
        let stripes = config.ordering.lane_field.as_ref().map(|_| config.max_in_flight());
        let limits = config.target.format.wire().map(|format| format.limits);
        let bytes = limits.map_or(usize::MAX, |limits| limits.batch_bytes);
        Self { bytes, ..Self::new(config.batch_size(), config.batch_wait(), stripes) }
    }

    /// Batches of `size` events at most; a batch for each event if it is 1. Without stripes there is
    /// no order to keep.
    fn new(size: NonZeroUsize, wait: Duration, stripes: Option<NonZeroUsize>) -> Self {
        let count = stripes.map_or(1, NonZeroUsize::get);
        Self {
            size: size.get(),
            bytes: usize::MAX,
            wait,
            keeps_order: stripes.is_some(),
            stripes: std::iter::repeat_with(Stripe::default).take(count).collect(),
            next_stripe: 0,
        }
    }

    /// Adds an event that came at `now`, and gives the batches that are full. What is no event is one of its own, as it would
    /// spoil its neighbours, behind what waits before it.
    pub(crate) fn add(&mut self, event: ScheduledEvent, now: Instant) -> Vec<Batch> {
        if self.size == 1 {
            return vec![Batch { lane: event.event.lane, events: vec![event] }];
        }
        let count = self.stripes.len();
        let number = if let Some(lane) = event.event.lane {
            (lane % count as u64) as usize
        } else {
            self.next_stripe = (self.next_stripe + 1) % count;
            self.next_stripe
        };
        let bytes = event.body().len() + 1;
        let stripe = &self.stripes[number];
        let is_too_much = event.is_raw() || stripe.bytes + bytes > self.bytes;
        let is_full = is_too_much && !stripe.events.is_empty();
        let mut full: Vec<Batch> = is_full.then(|| self.take(number)).into_iter().collect();
        let is_alone = event.is_raw();
        let stripe = &mut self.stripes[number];
        stripe.since.get_or_insert(now);
        stripe.bytes += bytes;
        stripe.events.push(event);
        if is_alone || stripe.events.len() >= self.size {
            full.push(self.take(number));
        }
        full
    }

    /// The instant at which the first of the waiting events whose lane can go must go, full batch or not.
    pub(crate) fn next_flush(&self, can_go: impl Fn(Lane) -> bool) -> Option<Instant> {
        let waiting = (0..self.stripes.len()).filter(|&number| can_go(self.lane(number)));
        let since = waiting.filter_map(|number| self.stripes[number].since).min()?;
        since.checked_add(self.wait)
    }

    /// The batches that have waited long enough at `now` and whose lane can go. The others would only wait for it as they
    /// are, instead of growing.
    pub(crate) fn flush_due(&mut self, now: Instant, can_go: impl Fn(Lane) -> bool) -> Vec<Batch> {
        let wait = self.wait;
        self.flush(|lane, since| now.saturating_duration_since(since) >= wait && can_go(lane))
    }

    /// All that waits.
    pub(crate) fn flush_all(&mut self) -> Vec<Batch> {
        self.flush(|_, _| true)
    }

    fn flush(&mut self, is_due: impl Fn(Lane, Instant) -> bool) -> Vec<Batch> {
        let is_due = |number: usize| {
            self.stripes[number].since.is_some_and(|since| is_due(self.lane(number), since))
        };
        let due: Vec<usize> = (0..self.stripes.len()).filter(|&number| is_due(number)).collect();
        due.into_iter().map(|number| self.take(number)).collect()
    }

    fn take(&mut self, number: usize) -> Batch {
        let stripe = std::mem::take(&mut self.stripes[number]);
        debug_assert!(!stripe.events.is_empty(), "a stripe that is taken has events");
        Batch { lane: self.lane(number), events: stripe.events }
    }

    /// The lane of a stripe's batches.
    fn lane(&self, number: usize) -> Lane {
        self.keeps_order.then_some(number as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::converter::SentForm;
    use crate::source::SourceEvent;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn event(position: u64, lane: Option<u64>) -> ScheduledEvent {
        let event = SourceEvent::new(position, None, lane, Bytes::from_static(b"{}"));
        ScheduledEvent::new(event, None)
    }

    fn batcher(size: usize, wait: Duration, stripes: Option<usize>) -> Batcher {
        let stripes = stripes.map(|stripes| stripes.try_into().unwrap());
        Batcher::new(size.try_into().unwrap(), wait, stripes)
    }

    proptest! {
        #[test]
        fn a_lane_is_always_in_the_same_stripe_and_in_order(
            lanes in prop::collection::vec(prop::option::weighted(0.9, any::<u64>()), 0..200),
            size in 2_usize..10,
            stripes in 1_usize..5,
        ) {
            let now = Instant::now();
            let mut batcher = batcher(size, Duration::ZERO, Some(stripes));
            let mut batches = Vec::new();
            for (position, &lane) in lanes.iter().enumerate() {
                batches.extend(batcher.add(event(position as u64, lane), now));
            }
            batches.extend(batcher.flush_due(now, |_| true));
            prop_assert_eq!(batcher.next_flush(|_| true), None);
            let mut seen: Vec<(Option<u64>, u64, Option<u64>)> = Vec::new();
            for batch in &batches {
                prop_assert!(batch.events.len() <= size && !batch.events.is_empty());
                for event in &batch.events {
                    seen.push((event.event.lane, event.event.position, batch.lane));
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
    fn a_batch_is_cut_before_it_is_too_large() {
        let now = Instant::now();
        let mut batcher = Batcher { bytes: 7, ..batcher(10, Duration::ZERO, None) };
        let cut: Vec<usize> = (1..=7)
            .flat_map(|position| batcher.add(event(position, None), now))
            .map(|batch| batch.events.len())
            .collect();
        assert_eq!(cut, [2, 2, 2], "three bytes each, the comma included");
    }

    #[test]
    fn what_is_no_event_goes_alone_and_in_its_place() {
        let now = Instant::now();
        let mut batcher = batcher(10, Duration::ZERO, Some(1));
        let raw = |position| ScheduledEvent { form: SentForm::Raw, ..event(position, Some(1)) };
        let events = [event(1, Some(1)), event(2, Some(1)), raw(3), raw(4), event(5, Some(1))];
        let mut batches: Vec<Batch> =
            events.into_iter().flat_map(|event| batcher.add(event, now)).collect();
        batches.extend(batcher.flush_all());
        let positions: Vec<Vec<u64>> = batches
            .iter()
            .map(|batch| batch.events.iter().map(|event| event.event.position).collect())
            .collect();
        assert_eq!(positions, [vec![1, 2], vec![3], vec![4], vec![5]]);
        assert!(batches.iter().all(|batch| batch.lane == Some(0)));
    }

    #[test]
    fn a_batch_that_does_not_fill_goes_after_its_wait() {
        let now = Instant::now();
        let wait = Duration::from_millis(50);
        let mut batcher = batcher(10, wait, None);
        assert!(batcher.add(event(1, Some(1)), now).is_empty());
        assert_eq!(batcher.next_flush(|_| true), Some(now + wait));
        assert!(batcher.flush_due(now, |_| true).is_empty());
        let batches = batcher.flush_due(now + wait, |_| true);
        assert_eq!(batches.len(), 1);
        assert_eq!(batches[0].lane, None);
    }

    #[test]
    fn a_batch_whose_lane_cannot_go_grows_instead() {
        let now = Instant::now();
        let mut batcher = batcher(10, Duration::ZERO, Some(2));
        for position in 1..=3 {
            assert!(batcher.add(event(position, Some(position)), now).is_empty());
        }
        let can_go = |lane: Lane| lane == Some(0);
        assert_eq!(batcher.flush_due(now, can_go).len(), 1);
        assert_eq!(batcher.next_flush(can_go), None);
        assert!(batcher.add(event(5, Some(5)), now).is_empty());
        let positions: Vec<u64> = batcher.flush_due(now, |_| true)[0]
            .events
            .iter()
            .map(|scheduled| scheduled.event.position)
            .collect();
        assert_eq!(positions, [1, 3, 5]);
    }
}
