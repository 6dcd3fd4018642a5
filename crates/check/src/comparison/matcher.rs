//! Matching, round by round, and what comes of it.

use std::io;

use foldhash::HashSet;

use super::change::{Comparer, FieldChange};
use super::difference::{Difference, Emit};
use super::event_ref::Side;
use super::event_store::{KeyedEvent, Layout, PartitionedEvents, Sides};
use super::matching::MatchKey;
use super::order::OrderLog;
use super::pool::{Match, Pool};
use super::rounds::Round;
use super::unsettled::{PlaceSet, Unsettled};

/// Matches the events of both sides.
pub(super) struct Matcher<'c> {
    comparer: &'c Comparer<'c>,
    layout: Layout,
    order: Option<OrderLog>,
}

impl<'c> Matcher<'c> {
    pub(super) fn new(comparer: &'c Comparer<'c>, layout: Layout, check_order: bool) -> Self {
        let order = check_order.then(|| OrderLog::new(layout));
        Self { comparer, layout, order }
    }

    /// A first round over fingerprints alone. What is equal is settled, and what is not is given by its places.
    pub(super) fn settle_equal(&mut self, round: Round, all: &Sides) -> io::Result<Unsettled> {
        let [mut sent_left, mut received_left, mut repeats] =
            std::array::from_fn(|_| PlaceSet::default());
        let comparer = self.comparer;
        let mut order = self.order.take();
        self.each_pool(round, all, &mut |pool| {
            for (received, found) in pool.received.iter().zip(&pool.of_received) {
                match *found {
                    Match::Repeat => repeats.add(received.event.order),
                    Match::Sent(index) if comparer.is_equal(&pool.sent[index], received) => {
                        if let Some(order) = &mut order {
                            order.add(&pool.sent[index], received)?;
                        }
                    }
                    Match::Sent(index) => {
                        sent_left.add(pool.sent[index].event.order);
                        received_left.add(received.event.order);
                    }
                    Match::None => received_left.add(received.event.order),
                }
            }
            let sent = pool.sent.iter().zip(&pool.is_free).filter(|(_, is_free)| **is_free);
            sent.for_each(|(sent, _)| sent_left.add(sent.event.order));
            Ok(())
        })?;
        self.order = order;
        Ok(Unsettled::Places { sent: sent_left, received: received_left, repeats })
    }

    /// Matches what is left in rounds. Tells `emit` of every difference but that of order, and gives the log of the
    /// order of what was matched. `all_sent` are the fingerprints of everything that was sent.
    pub(super) fn run(
        mut self,
        rounds: &[Round],
        mut left: Sides,
        all_sent: &PartitionedEvents,
        emit: &mut Emit<'_>,
    ) -> io::Result<Option<OrderLog>> {
        for (index, round) in rounds.iter().enumerate() {
            if left.is_empty() {
                break;
            }
            let next = rounds.get(index + 1).copied().unwrap_or(*round);
            left = self.round(*round, next, &left, emit)?;
        }
        self.tell_left(&left, all_sent, emit)?;
        Ok(self.order)
    }

    /// Hands the pool of each partition to `visit`, when the round is over.
    fn each_pool(
        &self,
        round: Round,
        sides: &Sides,
        visit: &mut dyn FnMut(&Pool<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let (matching, scope) = (self.comparer.matching, self.comparer.scope);
        let mut apply = |sides: &Sides, partition: usize, free_elsewhere: &HashSet<u64>| {
            let (mut sent_room, mut received_room) = (Vec::new(), Vec::new());
            let mut pool = pool_of(sides, partition, &mut sent_room, &mut received_room)?;
            round.apply(&mut pool, free_elsewhere, matching, scope);
            visit(&pool)
        };
        for partition in 0..sides.partitions() {
            let narrow = |event: &KeyedEvent<'_>| round.narrow_key(event, matching);
            let is_too_large = sides.is_too_large(partition);
            let parts = if is_too_large { sides.cut(partition, narrow)? } else { None };
            let Some(parts) = parts else {
                apply(sides, partition, &HashSet::default())?;
                continue;
            };
            let mut free = HashSet::default();
            for part in 0..parts.partitions() {
                let (mut sent_room, mut received_room) = (Vec::new(), Vec::new());
                let mut pool = pool_of(&parts, part, &mut sent_room, &mut received_room)?;
                free.extend(round.free_ids(&mut pool, matching));
            }
            (0..parts.partitions()).try_for_each(|part| apply(&parts, part, &free))?;
        }
        Ok(())
    }

    /// One round over all partitions; what it leaves, in the partitions of the next one.
    fn round(
        &mut self,
        round: Round,
        next: Round,
        sides: &Sides,
        emit: &mut Emit<'_>,
    ) -> io::Result<Sides> {
        let mut left = Sides::new(self.layout);
        let comparer = self.comparer;
        let mut order = self.order.take();
        self.each_pool(round, sides, &mut |pool| {
            let mut keep = |side: Side, event: &KeyedEvent<'_>| {
                let key = next.key(&event.fingerprint, comparer.matching.times_compared);
                left.of(side).add(key, event)
            };
            for (received, found) in pool.received.iter().zip(&pool.of_received) {
                match *found {
                    Match::None => keep(Side::Received, received)?,
                    Match::Repeat => emit(&Difference::Duplicated(received.event)),
                    Match::Sent(index) => {
                        settle(comparer, order.as_mut(), &pool.sent[index], received, emit)?;
                    }
                }
            }
            let mut sent = pool.sent.iter().zip(&pool.is_free).filter(|(_, is_free)| **is_free);
            sent.try_for_each(|(sent, _)| keep(Side::Sent, sent))
        })?;
        self.order = order;
        Ok(left)
    }

    /// Tells of what has no counterpart. What has the id of what was sent, or is equal to it but for its own id,
    /// is a repeat.
    fn tell_left(
        &self,
        left: &Sides,
        all_sent: &PartitionedEvents,
        emit: &mut Emit<'_>,
    ) -> io::Result<()> {
        let matching = self.comparer.matching;
        let body = |event: &KeyedEvent<'_>| event.fingerprint.body(matching.times_compared);
        let keys = |event: &KeyedEvent<'_>| event.fingerprint.id().into_iter().chain([body(event)]);
        let mut wanted = HashSet::default();
        if matching.key != MatchKey::Content {
            left.received.each(|event| {
                wanted.extend(keys(event));
                Ok(())
            })?;
        }
        let mut known = HashSet::default();
        if !wanted.is_empty() {
            all_sent.each(|event| {
                known.extend(keys(event).filter(|key| wanted.contains(key)));
                Ok(())
            })?;
        }
        left.received.each(|event| {
            emit(&if keys(event).any(|key| known.contains(&key)) {
                Difference::Duplicated(event.event)
            } else {
                Difference::Unexpected(event.event)
            });
            Ok(())
        })?;
        left.sent.each(|event| {
            emit(&Difference::Missing(event.event));
            Ok(())
        })
    }
}

/// The events of both sides in a partition.
fn pool_of<'a>(
    sides: &'a Sides,
    partition: usize,
    sent_room: &'a mut Vec<u8>,
    received_room: &'a mut Vec<u8>,
) -> io::Result<Pool<'a>> {
    let sent = sides.sent.load(partition, sent_room)?;
    Ok(Pool::new(sent, sides.received.load(partition, received_room)?))
}

/// Tells of what differs between two events that belong together, and notes their order.
fn settle(
    comparer: &Comparer<'_>,
    order: Option<&mut OrderLog>,
    sent: &KeyedEvent<'_>,
    received: &KeyedEvent<'_>,
    emit: &mut Emit<'_>,
) -> io::Result<()> {
    let is_equal = comparer.is_equal(sent, received);
    let changes =
        if is_equal { Vec::new() } else { comparer.changes(&sent.event, &received.event) };
    let is_moved_in_time = changes.iter().any(FieldChange::is_of_time);
    if let Some(order) = order.filter(|_| !is_moved_in_time) {
        order.add(sent, received)?;
    }
    if !changes.is_empty() {
        emit(&Difference::Altered { sent: sent.event, received: received.event, changes });
    }
    Ok(())
}
