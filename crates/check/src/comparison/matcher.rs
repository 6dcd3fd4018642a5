//! Matching, round by round, and what comes of it.

use std::io;

use foldhash::HashSet;

use super::change::{Comparer, FieldChange};
use super::difference::{Difference, Emit};
use super::event_ref::Side;
use super::event_store::{KeyedEvent, Layout, Sides};
use super::matching::MatchKey;
use super::order::OrderLog;
use super::pool::{Match, Pool};
use super::rounds::Round;

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

    /// Tells `emit` of every difference but that of order, and gives the log of the order of what was matched.
    pub(super) fn run(
        mut self,
        rounds: &[Round],
        all: &Sides,
        emit: &mut Emit<'_>,
    ) -> io::Result<Option<OrderLog>> {
        let mut left: Option<Sides> = None;
        for (index, round) in rounds.iter().enumerate() {
            let sides = left.as_ref().unwrap_or(all);
            if sides.is_empty() {
                break;
            }
            left = Some(self.round(*round, rounds.get(index + 1).copied(), sides, emit)?);
        }
        self.tell_left(left.as_ref().unwrap_or(all), all, emit)?;
        Ok(self.order)
    }

    /// One round over all partitions; what it leaves, in the partitions of the next one.
    fn round(
        &mut self,
        round: Round,
        next: Option<Round>,
        sides: &Sides,
        emit: &mut Emit<'_>,
    ) -> io::Result<Sides> {
        let mut left = Sides::new(self.layout);
        let matching = self.comparer.matching;
        for partition in 0..sides.partitions() {
            let narrow = |event: &KeyedEvent<'_>| round.narrow_key(event, matching);
            let is_too_large = sides.is_too_large(partition);
            let parts = if is_too_large { sides.cut(partition, narrow)? } else { None };
            let Some(parts) = parts else {
                let none = HashSet::default();
                self.partition(round, next, (sides, partition, &none), &mut left, emit)?;
                continue;
            };
            let mut free = HashSet::default();
            for part in 0..parts.partitions() {
                let (mut sent_room, mut received_room) = (Vec::new(), Vec::new());
                let mut pool = pool_of(&parts, part, &mut sent_room, &mut received_room)?;
                free.extend(round.free_ids(&mut pool, matching));
            }
            for part in 0..parts.partitions() {
                self.partition(round, next, (&parts, part, &free), &mut left, emit)?;
            }
        }
        Ok(left)
    }

    fn partition(
        &mut self,
        round: Round,
        next: Option<Round>,
        (sides, partition, free_elsewhere): (&Sides, usize, &HashSet<u64>),
        left: &mut Sides,
        emit: &mut Emit<'_>,
    ) -> io::Result<()> {
        let (mut sent_room, mut received_room) = (Vec::new(), Vec::new());
        let mut pool = pool_of(sides, partition, &mut sent_room, &mut received_room)?;
        let (matching, scope) = (self.comparer.matching, self.comparer.scope);
        round.apply(&mut pool, free_elsewhere, matching, scope);
        let next = next.unwrap_or(round);
        let mut keep = |side: Side, event: &KeyedEvent<'_>| {
            left.of(side).add(next.key(&event.fingerprint, matching.times_compared), event)
        };
        for (received, found) in pool.received.iter().zip(&pool.of_received) {
            match *found {
                Match::None => keep(Side::Received, received)?,
                Match::Repeat => emit(&Difference::Duplicated(received.event)),
                Match::Sent(index) => {
                    settle(self.comparer, self.order.as_mut(), &pool.sent[index], received, emit)?;
                }
            }
        }
        for (sent, _) in pool.sent.iter().zip(&pool.is_free).filter(|(_, free)| **free) {
            keep(Side::Sent, sent)?;
        }
        Ok(())
    }

    /// Tells of what has no counterpart. What has the id of what was sent, or is equal to it but for its own id,
    /// is a repeat.
    fn tell_left(&self, left: &Sides, all: &Sides, emit: &mut Emit<'_>) -> io::Result<()> {
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
            all.sent.each(|event| {
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
    let matching = comparer.matching;
    let (ours, theirs) = (&sent.fingerprint, &received.fingerprint);
    let ids_compared = matching.ids_survive || matching.key == MatchKey::PropsEventId;
    let is_same = ours.body(matching.times_compared) == theirs.body(matching.times_compared)
        && (!ids_compared || ours.id() == theirs.id());
    let changes = if is_same { Vec::new() } else { comparer.changes(&sent.event, &received.event) };
    let is_moved_in_time = changes.iter().any(FieldChange::is_of_time);
    if let Some(order) = order.filter(|_| !is_moved_in_time) {
        order.add(sent, received)?;
    }
    if !changes.is_empty() {
        emit(&Difference::Altered { sent: sent.event, received: received.event, changes });
    }
    Ok(())
}
