//! Matching the events of one partition.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::change::changes;
use super::difference::{Difference, Emit};
use super::matching::{MatchKey, Matching};
use super::partition::{EventBuffer, KeyedEvent};
use super::subsequence::{Element, longest_common, longest_increasing};
use super::unmatched::{Unmatched, emit_changes};

/// Beyond this many pairs of events in one session, they are matched without looking for the best way.
const MOST_PAIRS: usize = 4_000_000;

/// Among so many left-over events of one session, each is held against each.
const MOST_LEFT: usize = 200;

/// Both sides of a partition.
pub(super) struct Join {
    pub(super) sent: EventBuffer,
    pub(super) received: EventBuffer,
    matching: Matching,
    check_order: bool,
}

impl Join {
    pub(super) fn new(matching: Matching, check_order: bool) -> Self {
        let (sent, received) = (EventBuffer::default(), EventBuffer::default());
        Self { sent, received, matching, check_order }
    }

    /// Tells `emit` the differences; what has no counterpart in this partition goes to `unmatched`.
    pub(super) fn compare(&self, unmatched: &mut Unmatched, emit: &mut Emit<'_>) {
        let mut matches = Matches::new(self.sent.events(), self.received.events());
        match self.matching.key {
            MatchKey::EventId | MatchKey::PropsEventId => matches.by_id(),
            MatchKey::Content => matches.by_content(self.matching.times_survive),
        }
        matches.pair_altered(self.matching);
        for (received, found) in matches.received.iter().zip(&matches.of_received) {
            match *found {
                Match::None => unmatched.add_received(&received.event, emit),
                Match::Repeat => emit(&Difference::Duplicated(received.event)),
                Match::Sent(index) => {
                    let sent = &matches.sent[index];
                    if !self.are_same(sent, received) {
                        emit_changes(sent.event, received.event, self.matching, emit);
                    }
                }
            }
        }
        if self.check_order {
            matches.emit_out_of_order(emit);
        }
        for (sent, _) in matches.sent.iter().zip(&matches.is_free).filter(|(_, free)| **free) {
            unmatched.add_sent(&sent.event, emit);
        }
    }

    /// True if the hashes alone say that nothing differs.
    fn are_same(&self, sent: &KeyedEvent<'_>, received: &KeyedEvent<'_>) -> bool {
        let (ours, theirs) = (&sent.fingerprint, &received.fingerprint);
        self.matching.key == MatchKey::Content
            && ours.content == theirs.content
            && ours.props == theirs.props
            && (ours.millis() == theirs.millis() || !self.matching.times_survive)
    }
}

/// For each received event, the sent one.
struct Matches<'a> {
    sent: Vec<KeyedEvent<'a>>,
    received: Vec<KeyedEvent<'a>>,
    /// For each sent event, true while it is not matched.
    is_free: Vec<bool>,
    of_received: Vec<Match>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    None,
    /// Position among those sent.
    Sent(usize),
    /// Its event was received before.
    Repeat,
}

/// Positions of unmatched events of a session.
#[derive(Default)]
struct SessionLeft {
    sent: Vec<usize>,
    received: Vec<usize>,
}

impl<'a> Matches<'a> {
    fn new(sent: Vec<KeyedEvent<'a>>, received: Vec<KeyedEvent<'a>>) -> Self {
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

    /// The sent events that are not matched, by a key.
    fn free_by(&self, key: impl Fn(&KeyedEvent<'_>) -> Option<u64>) -> SentByKey {
        let mut by_key = SentByKey::new(self.sent.len());
        // From the end, so that the first of a key is taken first.
        for (index, sent) in self.sent.iter().enumerate().rev().filter(|(i, _)| self.is_free[*i]) {
            if let Some(key) = key(sent) {
                by_key.put_first(key, index);
            }
        }
        by_key
    }

    /// Of several events with one id, those that were sent and those that were received are matched in
    /// order; what is received more often than it was sent is a repeat.
    fn by_id(&mut self) {
        let mut by_id = self.free_by(|event| event.fingerprint.id());
        for position in 0..self.received.len() {
            let Some(id) = self.received[position].fingerprint.id() else { continue };
            match by_id.take(id) {
                Taken::Event(index) => self.set(position, index),
                Taken::NoneLeft => self.of_received[position] = Match::Repeat,
                Taken::Unknown => {}
            }
        }
    }

    /// First what has the same content and time, then, in each session, by the longest common
    /// subsequence of contents, then the same contents in another order. What is left and has been seen
    /// is a repeat.
    fn by_content(&mut self, times_survive: bool) {
        if times_survive {
            self.by_key(|event| event.fingerprint.content_in_time());
        }
        for left in self.unmatched_by_session().into_values() {
            if left.sent.len() * left.received.len() <= MOST_PAIRS {
                let ours = elements(&self.sent, &left.sent);
                let theirs = elements(&self.received, &left.received);
                for (i, j) in longest_common(&ours, &theirs) {
                    self.set(left.received[j], left.sent[i]);
                }
            }
        }
        self.by_key(|event| event.fingerprint.content);
        let left = self.unmatched();
        if left.is_empty() {
            return;
        }
        let key = |event: &KeyedEvent<'_>| {
            let fingerprint = &event.fingerprint;
            if times_survive { fingerprint.content_in_time() } else { fingerprint.content }
        };
        let mut known = HashSet::with_capacity(self.sent.len());
        known.extend(self.sent.iter().map(key));
        for position in left {
            if known.contains(&key(&self.received[position])) {
                self.of_received[position] = Match::Repeat;
            }
        }
    }

    /// Matches unmatched events of the same key, in order.
    fn by_key(&mut self, key: impl Fn(&KeyedEvent<'_>) -> u64) {
        let left = self.unmatched();
        if left.is_empty() {
            return;
        }
        let mut free = self.free_by(|event| Some(key(event)));
        for position in left {
            if let Taken::Event(index) = free.take(key(&self.received[position])) {
                self.set(position, index);
            }
        }
    }

    /// Unmatched events by session.
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

    /// Matches what is left over of a session with what differs from it in one field, which may be
    /// the id.
    fn pair_altered(&mut self, matching: Matching) {
        for left in self.unmatched_by_session().into_values() {
            if left.sent.len() > MOST_LEFT || left.received.len() > MOST_LEFT {
                continue;
            }
            for position in left.received {
                let theirs = self.received[position].event.line;
                let alike = left.sent.iter().copied().find(|&index| {
                    self.is_free[index]
                        && changes(self.sent[index].event.line, theirs, matching).len() == 1
                });
                if let Some(index) = alike {
                    self.set(position, index);
                }
            }
        }
    }

    /// Tells of the events that stand out of the order of their user in their file.
    fn emit_out_of_order(&self, emit: &mut Emit<'_>) {
        let mut newest: HashMap<(u32, u64), u64> = HashMap::new();
        let mut disordered: BTreeMap<(u32, u64), Vec<Pair<'_, 'a>>> = BTreeMap::new();
        for pair in self.pairs() {
            let order = pair.sent.event.order;
            let newest = newest.entry(pair.file_and_user()).or_default();
            if order < *newest {
                disordered.entry(pair.file_and_user()).or_default();
            }
            *newest = order;
        }
        if disordered.is_empty() {
            return;
        }
        for pair in self.pairs() {
            if let Some(pairs) = disordered.get_mut(&pair.file_and_user()) {
                pairs.push(pair);
            }
        }
        for pairs in disordered.into_values() {
            let orders: Vec<u64> = pairs.iter().map(|pair| pair.sent.event.order).collect();
            for (pair, in_order) in pairs.iter().zip(longest_increasing(&orders)) {
                if !in_order {
                    let (sent, received) = (pair.sent.event, pair.received.event);
                    emit(&Difference::OutOfOrder { sent, received });
                }
            }
        }
    }

    /// The matched events, in the order in which they were received.
    fn pairs(&self) -> impl Iterator<Item = Pair<'_, 'a>> {
        self.received.iter().zip(&self.of_received).filter_map(|(received, found)| match *found {
            Match::Sent(index) => Some(Pair { sent: &self.sent[index], received }),
            Match::None | Match::Repeat => None,
        })
    }
}

/// An event as it was sent and as it was received.
#[derive(Clone, Copy)]
struct Pair<'m, 'a> {
    sent: &'m KeyedEvent<'a>,
    received: &'m KeyedEvent<'a>,
}

impl Pair<'_, '_> {
    /// Within which events stand in order.
    fn file_and_user(&self) -> (u32, u64) {
        (self.received.event.file, self.sent.fingerprint.user)
    }
}

fn elements(events: &[KeyedEvent<'_>], positions: &[usize]) -> Vec<Element> {
    let element = |&position: &usize| {
        let fingerprint = &events[position].fingerprint;
        Element { content: fingerprint.content, detail: fingerprint.props }
    };
    positions.iter().map(element).collect()
}

/// Sent events by a key, to be taken one after the other: for each key the first, for each event the next
/// one with its key.
struct SentByKey {
    first: HashMap<u64, Option<usize>>,
    next: Vec<Option<usize>>,
}

/// An answer of [`SentByKey::take`].
enum Taken {
    Event(usize),
    /// All events of the key were taken.
    NoneLeft,
    /// No event has the key.
    Unknown,
}

impl SentByKey {
    fn new(events: usize) -> Self {
        Self { first: HashMap::with_capacity(events), next: vec![None; events] }
    }

    fn put_first(&mut self, key: u64, index: usize) {
        self.next[index] = self.first.insert(key, Some(index)).flatten();
    }

    fn take(&mut self, key: u64) -> Taken {
        match self.first.get_mut(&key) {
            Some(first) => match *first {
                Some(index) => {
                    *first = self.next[index];
                    Taken::Event(index)
                }
                None => Taken::NoneLeft,
            },
            None => Taken::Unknown,
        }
    }
}
