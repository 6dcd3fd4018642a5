//! The events of both sides that may belong together, and which of them do.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::event_store::KeyedEvent;
use super::hashing::{NOTHING, mix};
use super::subsequence::{Element, longest_common};

/// Beyond this many pairs of events in one session, they are matched without looking for the best way.
const MOST_PAIRS: usize = 4_000_000;

/// What a received event was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    None,
    /// The sent event at this position.
    Sent(usize),
    /// One whose event was received before.
    Repeat,
}

/// The events of one partition, each sent one matched with at most one received one.
pub(super) struct Pool<'a> {
    pub(super) sent: Vec<KeyedEvent<'a>>,
    pub(super) received: Vec<KeyedEvent<'a>>,
    /// For each sent event, true while it is not matched.
    pub(super) is_free: Vec<bool>,
    pub(super) of_received: Vec<Match>,
}

/// Positions of unmatched events of a session.
#[derive(Default)]
struct SessionLeft {
    sent: Vec<usize>,
    received: Vec<usize>,
}

impl<'a> Pool<'a> {
    pub(super) fn new(mut sent: Vec<KeyedEvent<'a>>, mut received: Vec<KeyedEvent<'a>>) -> Self {
        // What other partitions have left comes one after the other.
        for events in [&mut sent, &mut received] {
            events.sort_unstable_by_key(|event| event.event.order);
        }
        Self {
            is_free: vec![true; sent.len()],
            of_received: vec![Match::None; received.len()],
            sent,
            received,
        }
    }

    fn set(&mut self, received: usize, sent: usize) {
        debug_assert!(self.is_free[sent], "an event is matched once");
        self.of_received[received] = Match::Sent(sent);
        self.is_free[sent] = false;
    }

    /// Positions of received events that are not matched.
    fn unmatched(&self) -> Vec<usize> {
        let matches = self.of_received.iter().enumerate();
        matches.filter(|(_, found)| **found == Match::None).map(|(position, _)| position).collect()
    }

    /// True if it is known of every received event what it is.
    pub(super) fn is_settled(&self) -> bool {
        !self.of_received.contains(&Match::None)
    }

    /// True if every sent event is matched.
    fn is_all_matched(&self) -> bool {
        !self.is_free.contains(&true)
    }

    /// Matches unmatched events of the same key, in order.
    pub(super) fn pair_by(&mut self, key: impl Fn(&KeyedEvent<'_>) -> Option<u64>) {
        if !self.is_settled() {
            let mut free = Queues::new(self.sent.len());
            self.put_free(&mut free, |index, pool| key(&pool.sent[index]));
            self.take_free(&mut free, |position, pool| key(&pool.received[position]));
        }
    }

    /// Matches unmatched events that have all values but one in common, for each of the values of `which`
    /// in turn.
    pub(super) fn pair_by_all_but_one<const N: usize>(
        &mut self,
        values: impl Fn(&KeyedEvent<'_>) -> [u64; N],
        which: &[usize],
    ) {
        if self.is_settled() || self.is_all_matched() {
            return;
        }
        let sent = self.sent.iter().zip(&self.is_free);
        let of_sent: Vec<Option<[u64; N]>> =
            sent.map(|(event, is_free)| is_free.then(|| values(event))).collect();
        let received = self.received.iter().zip(&self.of_received);
        let of_received: Vec<Option<[u64; N]>> =
            received.map(|(event, found)| (*found == Match::None).then(|| values(event))).collect();
        for without in which {
            let key = |values: Option<[u64; N]>| {
                let mut values = values?;
                values[*without] = NOTHING;
                Some(mix(values))
            };
            let mut free = Queues::new(self.sent.len());
            self.put_free(&mut free, |index, _| key(of_sent[index]));
            self.take_free(&mut free, |position, _| key(of_received[position]));
        }
    }

    /// Puts the positions of free sent events into queues, the first of each key at its front.
    fn put_free(&self, free: &mut Queues, key: impl Fn(usize, &Self) -> Option<u64>) {
        for index in (0..self.sent.len()).rev().filter(|index| self.is_free[*index]) {
            if let Some(key) = key(index, self) {
                free.put_first(key, index);
            }
        }
    }

    /// Matches unmatched received events with what stands first in the queue of their key.
    fn take_free(&mut self, free: &mut Queues, key: impl Fn(usize, &Self) -> Option<u64>) {
        for position in self.unmatched() {
            if let Some(index) = key(position, self).and_then(|key| free.take(key)) {
                self.set(position, index);
            }
        }
    }

    /// Takes those unmatched received events for repeats of which it is so.
    pub(super) fn repeat_if(&mut self, is_repeat: impl Fn(&KeyedEvent<'_>) -> bool) {
        for position in self.unmatched() {
            if is_repeat(&self.received[position]) {
                self.of_received[position] = Match::Repeat;
            }
        }
    }

    /// Takes unmatched received events for repeats of those sent that have the same key.
    pub(super) fn repeat_by(&mut self, key: impl Fn(&KeyedEvent<'_>) -> Option<u64>) {
        if !self.is_settled() {
            let known = self.keys_of_sent(&key, |_| true);
            self.repeat_if(|event| key(event).is_some_and(|key| known.contains(&key)));
        }
    }

    /// The keys of the sent events that are wanted, by whether they are free.
    pub(super) fn keys_of_sent(
        &self,
        key: impl Fn(&KeyedEvent<'_>) -> Option<u64>,
        is_wanted: impl Fn(bool) -> bool,
    ) -> HashSet<u64> {
        let sent = self.sent.iter().zip(&self.is_free);
        sent.filter(|(_, free)| is_wanted(**free)).filter_map(|(event, _)| key(event)).collect()
    }

    /// The keys of the received events that are matched.
    pub(super) fn keys_of_matched(&self, key: impl Fn(&KeyedEvent<'_>) -> u64) -> HashSet<u64> {
        let received = self.received.iter().zip(&self.of_received);
        let matched = received.filter(|(_, found)| matches!(found, Match::Sent(_)));
        matched.map(|(event, _)| key(event)).collect()
    }

    /// Matches, in each session, unmatched events by the longest common subsequence of contents; of several
    /// the one in which most pairs have the same `detail`.
    pub(super) fn pair_in_sequence(&mut self, detail: impl Fn(&KeyedEvent<'_>) -> u64) {
        let elements = |events: &[KeyedEvent<'_>], positions: &[usize]| -> Vec<Element> {
            let events = positions.iter().map(|&position| &events[position]);
            events
                .map(|event| Element { content: event.fingerprint.content, detail: detail(event) })
                .collect()
        };
        for left in self.unmatched_by_session().into_values() {
            if left.sent.len() * left.received.len() <= MOST_PAIRS {
                let ours = elements(&self.sent, &left.sent);
                let theirs = elements(&self.received, &left.received);
                for (i, j) in longest_common(&ours, &theirs) {
                    self.set(left.received[j], left.sent[i]);
                }
            }
        }
    }

    fn unmatched_by_session(&self) -> BTreeMap<u64, SessionLeft> {
        let mut by_session: BTreeMap<u64, SessionLeft> = BTreeMap::new();
        for position in self.unmatched() {
            let session = self.received[position].fingerprint.session;
            by_session.entry(session).or_default().received.push(position);
        }
        if by_session.is_empty() {
            return by_session;
        }
        for (index, sent) in self.sent.iter().enumerate().filter(|(i, _)| self.is_free[*i]) {
            if let Some(left) = by_session.get_mut(&sent.fingerprint.session) {
                left.sent.push(index);
            }
        }
        by_session
    }
}

/// Positions by a key, to be taken one after the other: for each key the first, for each position the next
/// one with its key.
struct Queues {
    first: HashMap<u64, usize>,
    next: Vec<usize>,
}

/// The end of a queue.
const END: usize = usize::MAX;

impl Queues {
    fn new(positions: usize) -> Self {
        Self { first: HashMap::with_capacity(positions), next: vec![END; positions] }
    }

    fn put_first(&mut self, key: u64, position: usize) {
        self.next[position] = self.first.insert(key, position).unwrap_or(END);
    }

    fn take(&mut self, key: u64) -> Option<usize> {
        let first = self.first.get_mut(&key).filter(|first| **first != END)?;
        let position = *first;
        *first = self.next[position];
        Some(position)
    }
}
