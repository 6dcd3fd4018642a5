//! Matching the events of one part.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::fields::{changes, raw_fields};
use super::identity::{Identity, Matching, props_id};
use super::order::{Item, longest_common, longest_increasing};
use super::partition::{Entry, Events};
use super::{Difference, Located};

/// Beyond this many pairs of events in one session, they are matched without looking for the best way.
const MOST_PAIRS: usize = 4_000_000;

/// Among so many left-over events of one session, each is held against each.
const MOST_LEFT: usize = 200;

/// Both sides of a part.
pub(super) struct Part {
    pub(super) sent: Events,
    pub(super) received: Events,
    identity: Identity,
    check_order: bool,
}

type Emit<'e> = dyn FnMut(&Difference<'_>) + 'e;

/// For each received event, the sent one.
struct Matches<'a> {
    sent: Vec<Entry<'a>>,
    received: Vec<Entry<'a>>,
    sent_is_matched: Vec<bool>,
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

impl Part {
    pub(super) fn new(identity: Identity, check_order: bool) -> Self {
        Self { sent: Events::default(), received: Events::default(), identity, check_order }
    }

    /// Tells `emit` the differences; what has no counterpart in this part goes to `leftovers`.
    pub(super) fn compare(&self, leftovers: &mut Leftovers, emit: &mut Emit<'_>) {
        let mut matches = Matches::new(self.sent.entries(), self.received.entries());
        match self.identity.matching {
            Matching::EventId | Matching::PropsEventId => matches.by_id(),
            Matching::Content => matches.by_content(self.identity.times_survive),
        }
        matches.pair_altered(self.identity);
        for (received, found) in matches.received.iter().zip(&matches.of_received) {
            match *found {
                Match::None => leftovers.add_received(&received.at, emit),
                Match::Repeat => emit(&Difference::Duplicated(received.at)),
                Match::Sent(index) => {
                    let sent = matches.sent.get(index);
                    if let Some(sent) = sent.filter(|sent| !self.are_same(sent, received)) {
                        emit_changes(sent.at, received.at, self.identity, emit);
                    }
                }
            }
        }
        if self.check_order {
            matches.emit_out_of_order(emit);
        }
        for (sent, _) in matches.sent.iter().zip(&matches.sent_is_matched).filter(|(_, m)| !**m) {
            leftovers.add_sent(&sent.at, emit);
        }
    }

    /// Whether the hashes alone say that nothing differs.
    fn are_same(&self, sent: &Entry<'_>, received: &Entry<'_>) -> bool {
        let is_same_time = sent.marks.time == received.marks.time || !self.identity.times_survive;
        self.identity.matching == Matching::Content
            && sent.marks.content == received.marks.content
            && sent.marks.props == received.marks.props
            && is_same_time
    }
}

fn emit_changes(sent: Located<'_>, received: Located<'_>, identity: Identity, emit: &mut Emit<'_>) {
    let changes = changes(sent.line, received.line, identity);
    if !changes.is_empty() {
        emit(&Difference::Altered { sent, received, changes });
    }
}

impl<'a> Matches<'a> {
    fn new(sent: Vec<Entry<'a>>, received: Vec<Entry<'a>>) -> Self {
        Self {
            sent_is_matched: vec![false; sent.len()],
            of_received: vec![Match::None; received.len()],
            sent,
            received,
        }
    }

    fn set(&mut self, received: usize, sent: usize) {
        if let (Some(slot), Some(mark)) =
            (self.of_received.get_mut(received), self.sent_is_matched.get_mut(sent))
        {
            *slot = Match::Sent(sent);
            *mark = true;
        }
    }

    fn repeat(&mut self, received: usize) {
        if let Some(slot) = self.of_received.get_mut(received) {
            *slot = Match::Repeat;
        }
    }

    fn is_free(&self, sent: usize) -> bool {
        self.sent_is_matched.get(sent) == Some(&false)
    }

    /// Positions of received events that are not matched.
    fn unmatched(&self) -> Vec<usize> {
        let matches = self.of_received.iter().enumerate();
        matches.filter(|(_, found)| **found == Match::None).map(|(position, _)| position).collect()
    }

    fn by_id(&mut self) {
        let mut by_id = HashMap::with_capacity(self.sent.len());
        for (index, sent) in self.sent.iter().enumerate().filter(|(_, e)| e.marks.has_id()) {
            by_id.insert(sent.marks.id, index);
        }
        for position in 0..self.received.len() {
            let Some(received) = self.received.get(position) else { break };
            match by_id.get(&received.marks.id) {
                Some(&index) if self.is_free(index) => self.set(position, index),
                Some(_) => self.repeat(position),
                None => {}
            }
        }
    }

    /// First what has the same content and time, then, in each session, by the longest common
    /// subsequence of contents, then the same contents in another order. What is left and has been seen
    /// is a repeat.
    fn by_content(&mut self, times_survive: bool) {
        if times_survive {
            self.by_key(|entry| entry.marks.content_in_time());
        }
        for (ours, theirs) in self.unmatched_by_session().into_values() {
            if ours.len() * theirs.len() <= MOST_PAIRS {
                let ours_items = items(&self.sent, &ours);
                let theirs_items = items(&self.received, &theirs);
                for (i, j) in longest_common(&ours_items, &theirs_items) {
                    if let (Some(&index), Some(&position)) = (ours.get(i), theirs.get(j)) {
                        self.set(position, index);
                    }
                }
            }
        }
        self.by_key(|entry| entry.marks.content);
        let left = self.unmatched();
        if left.is_empty() {
            return;
        }
        let key = |entry: &Entry<'_>| {
            if times_survive { entry.marks.content_in_time() } else { entry.marks.content }
        };
        let mut known = HashSet::with_capacity(self.sent.len());
        known.extend(self.sent.iter().map(key));
        for position in left {
            if self.received.get(position).is_some_and(|entry| known.contains(&key(entry))) {
                self.repeat(position);
            }
        }
    }

    /// Matches unmatched events of the same key, in order.
    fn by_key(&mut self, key: impl Fn(&Entry<'_>) -> u64) {
        let left = self.unmatched();
        if left.is_empty() {
            return;
        }
        let mut free: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, sent) in self.sent.iter().enumerate().rev().filter(|(i, _)| self.is_free(*i)) {
            free.entry(key(sent)).or_default().push(index);
        }
        for position in left {
            let Some(received) = self.received.get(position) else { continue };
            if let Some(index) = free.get_mut(&key(received)).and_then(Vec::pop) {
                self.set(position, index);
            }
        }
    }

    /// Positions of unmatched events, sent and received, by session.
    fn unmatched_by_session(&self) -> BTreeMap<u64, (Vec<usize>, Vec<usize>)> {
        let mut by_session: BTreeMap<u64, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for position in self.unmatched() {
            if let Some(received) = self.received.get(position) {
                by_session.entry(received.marks.session).or_default().1.push(position);
            }
        }
        if by_session.is_empty() {
            return by_session;
        }
        for (index, sent) in self.sent.iter().enumerate().filter(|(i, _)| self.is_free(*i)) {
            if let Some((ours, _)) = by_session.get_mut(&sent.marks.session) {
                ours.push(index);
            }
        }
        by_session
    }

    /// Matches what is left over of a session with what differs from it in one field, which may be
    /// the id.
    fn pair_altered(&mut self, identity: Identity) {
        for (ours, theirs) in self.unmatched_by_session().into_values() {
            if ours.len() > MOST_LEFT || theirs.len() > MOST_LEFT {
                continue;
            }
            for position in theirs {
                let alike = ours.iter().find(|index| self.are_alike(**index, position, identity));
                if let Some(&index) = alike {
                    self.set(position, index);
                }
            }
        }
    }

    fn are_alike(&self, sent: usize, received: usize, identity: Identity) -> bool {
        let (Some(ours), Some(theirs)) = (self.sent.get(sent), self.received.get(received)) else {
            return false;
        };
        self.is_free(sent) && changes(ours.at.line, theirs.at.line, identity).len() == 1
    }

    /// Tells of the events that stand out of the order of their user in their file.
    fn emit_out_of_order(&self, emit: &mut Emit<'_>) {
        let mut newest: HashMap<(u16, u64), u64> = HashMap::new();
        let mut disordered: BTreeMap<(u16, u64), Vec<(&Entry<'_>, &Entry<'_>)>> = BTreeMap::new();
        for (sent, received) in self.pairs() {
            let lane = (received.at.file, sent.marks.user);
            let newest = newest.entry(lane).or_default();
            if sent.at.order < *newest {
                disordered.entry(lane).or_default();
            }
            *newest = sent.at.order;
        }
        if disordered.is_empty() {
            return;
        }
        for (sent, received) in self.pairs() {
            if let Some(events) = disordered.get_mut(&(received.at.file, sent.marks.user)) {
                events.push((sent, received));
            }
        }
        for events in disordered.into_values() {
            let orders: Vec<u64> = events.iter().map(|(sent, _)| sent.at.order).collect();
            for ((sent, received), in_order) in events.iter().zip(longest_increasing(&orders)) {
                if !in_order {
                    emit(&Difference::OutOfOrder { sent: sent.at, received: received.at });
                }
            }
        }
    }

    /// The matched events, in the order in which they were received.
    fn pairs(&self) -> impl Iterator<Item = (&Entry<'a>, &Entry<'a>)> {
        self.received.iter().zip(&self.of_received).filter_map(|(received, found)| match *found {
            Match::Sent(index) => Some((self.sent.get(index)?, received)),
            Match::None | Match::Repeat => None,
        })
    }
}

fn items(entries: &[Entry<'_>], positions: &[usize]) -> Vec<Item> {
    let item = |entry: &Entry<'_>| Item { content: entry.marks.content, detail: entry.marks.props };
    positions.iter().filter_map(|&position| entries.get(position)).map(item).collect()
}

/// What has no counterpart in its part, kept for a last look: an event whose user was altered stands in
/// another part.
pub(super) struct Leftovers {
    sent: Vec<Kept>,
    received: Vec<Kept>,
    bytes_left: u64,
}

struct Kept {
    line: Vec<u8>,
    file: u16,
    number: u64,
    order: u64,
}

impl Kept {
    fn located(&self) -> Located<'_> {
        Located { line: &self.line, file: self.file, number: self.number, order: self.order }
    }
}

impl Leftovers {
    /// Keeps up to so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self { sent: Vec::new(), received: Vec::new(), bytes_left: bytes }
    }

    fn kept(&mut self, event: &Located<'_>) -> Option<Kept> {
        const OVERHEAD: u64 = 64;
        self.bytes_left = self.bytes_left.checked_sub(event.line.len() as u64 + OVERHEAD)?;
        Some(Kept {
            line: event.line.to_vec(),
            file: event.file,
            number: event.number,
            order: event.order,
        })
    }

    fn add_sent(&mut self, event: &Located<'_>, emit: &mut Emit<'_>) {
        match self.kept(event) {
            Some(kept) => self.sent.push(kept),
            None => emit(&Difference::Missing(*event)),
        }
    }

    fn add_received(&mut self, event: &Located<'_>, emit: &mut Emit<'_>) {
        match self.kept(event) {
            Some(kept) => self.received.push(kept),
            None => emit(&Difference::Unexpected(*event)),
        }
    }

    /// Matches by id across parts, and tells what has no counterpart at all.
    pub(super) fn finish(mut self, identity: Identity, emit: &mut Emit<'_>) {
        let id_of = |line: &'_ [u8]| match identity.matching {
            Matching::EventId => raw_fields(line)[0].map(<[u8]>::to_vec),
            Matching::PropsEventId => props_id(line).map(<[u8]>::to_vec),
            Matching::Content => None,
        };
        let mut by_id: HashMap<Vec<u8>, Kept> = HashMap::new();
        for sent in self.sent.drain(..) {
            match raw_fields(&sent.line)[0].map(<[u8]>::to_vec) {
                Some(id) if identity.matching != Matching::Content => {
                    by_id.insert(id, sent);
                }
                _ => emit(&Difference::Missing(sent.located())),
            }
        }
        for received in &self.received {
            match id_of(&received.line).and_then(|id| by_id.remove(&id)) {
                Some(sent) => emit_changes(sent.located(), received.located(), identity, emit),
                None => emit(&Difference::Unexpected(received.located())),
            }
        }
        let mut missing: Vec<Kept> = by_id.into_values().collect();
        missing.sort_by_key(|kept| kept.order);
        for sent in &missing {
            emit(&Difference::Missing(sent.located()));
        }
    }
}
