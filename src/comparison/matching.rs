//! Matching the events of one part.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::time::VirtualTime;

use super::fields::{changes, raw_fields, time_of};
use super::identity::{Identity, Matching, props_id};
use super::order::{longest_common, longest_increasing};
use super::partition::Events;
use super::{Difference, Located};

/// Beyond this many pairs of events in one session, they are matched without looking for the best way.
const MOST_PAIRS: usize = 4_000_000;

/// Among so many left-over events of one session, each is held against each.
const MOST_LEFT: usize = 200;

/// Both sides of a part.
pub(super) struct Part {
    pub(super) sent: Events,
    pub(super) received: Events,
    pub(super) identity: Identity,
    pub(super) check_order: bool,
}

type Emit<'e> = dyn FnMut(&Difference<'_>) + 'e;

/// Positions in a part's sides: for each received event, the sent one.
struct Matches {
    sent_is_matched: Vec<bool>,
    of_received: Vec<Match>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    None,
    Sent(usize),
    /// Its event was received before.
    Repeat,
}

impl Part {
    /// Tells `emit` the differences; what has no counterpart in this part goes to `leftovers`.
    pub(super) fn compare(&self, leftovers: &mut Leftovers, emit: &mut Emit<'_>) {
        let sent: Vec<Located<'_>> = self.sent.iter().collect();
        let received: Vec<Located<'_>> = self.received.iter().collect();
        let mut matches = Matches {
            sent_is_matched: vec![false; self.sent.len()],
            of_received: vec![Match::None; self.received.len()],
        };
        match self.identity.matching {
            Matching::EventId => matches.by_id(&sent, &received, |line| raw_fields(line)[0]),
            Matching::PropsEventId => matches.by_id(&sent, &received, props_id),
            Matching::Content => matches.by_content(&sent, &received, self.identity),
        }
        self.pair_altered(&sent, &received, &mut matches);
        for (received, found) in received.iter().zip(&matches.of_received) {
            match *found {
                Match::None => leftovers.add_received(received, emit),
                Match::Repeat => emit(&Difference::Duplicated(*received)),
                Match::Sent(index) => {
                    if let Some(sent) = sent.get(index) {
                        emit_changes(*sent, *received, self.identity, emit);
                    }
                }
            }
        }
        if self.check_order {
            emit_out_of_order(&sent, &received, &matches, emit);
        }
        let is_missing = |&(_, matched): &(&Located<'_>, &bool)| !matched;
        for (sent, _) in sent.iter().zip(&matches.sent_is_matched).filter(is_missing) {
            leftovers.add_sent(sent, emit);
        }
    }

    /// Matches what is left over of a session with what differs from it in one field, which may be
    /// the id.
    fn pair_altered(&self, sent: &[Located<'_>], received: &[Located<'_>], matches: &mut Matches) {
        for (ours, theirs) in unmatched_by_session(sent, received, matches).into_values() {
            if ours.len() > MOST_LEFT || theirs.len() > MOST_LEFT {
                continue;
            }
            for position in theirs {
                let Some(candidate) = received.get(position) else { continue };
                let differs_in_one = |&&index: &&usize| {
                    let is_free = matches.sent_is_matched.get(index) == Some(&false);
                    is_free && sent.get(index).is_some_and(|sent| self.are_alike(sent, candidate))
                };
                if let Some(&index) = ours.iter().find(differs_in_one) {
                    matches.set(position, index);
                }
            }
        }
    }

    fn are_alike(&self, sent: &Located<'_>, received: &Located<'_>) -> bool {
        changes(sent.line, received.line, self.identity).len() == 1
    }
}

fn emit_changes(sent: Located<'_>, received: Located<'_>, identity: Identity, emit: &mut Emit<'_>) {
    let changes = changes(sent.line, received.line, identity);
    if !changes.is_empty() {
        emit(&Difference::Altered { sent, received, changes });
    }
}

impl Matches {
    fn set(&mut self, received: usize, sent: usize) {
        if let (Some(slot), Some(mark)) =
            (self.of_received.get_mut(received), self.sent_is_matched.get_mut(sent))
        {
            *slot = Match::Sent(sent);
            *mark = true;
        }
    }

    fn is_free(&self, sent: usize) -> bool {
        self.sent_is_matched.get(sent) == Some(&false)
    }

    fn by_id<'a>(
        &mut self,
        sent: &[Located<'a>],
        received: &[Located<'a>],
        id_of_received: impl Fn(&'a [u8]) -> Option<&'a [u8]>,
    ) {
        let ids = sent.iter().enumerate();
        let by_id: HashMap<&[u8], usize> =
            ids.filter_map(|(index, event)| Some((raw_fields(event.line)[0]?, index))).collect();
        for (position, event) in received.iter().enumerate() {
            match id_of_received(event.line).and_then(|id| by_id.get(id)) {
                Some(&index) if self.is_free(index) => self.set(position, index),
                Some(_) => self.repeat(position),
                None => {}
            }
        }
    }

    fn repeat(&mut self, received: usize) {
        if let Some(slot) = self.of_received.get_mut(received) {
            *slot = Match::Repeat;
        }
    }

    /// By session: first what has the same content and time, then by the longest common subsequence
    /// of contents, then the same contents in another order. What is left and has been seen is a repeat.
    fn by_content(&mut self, sent: &[Located<'_>], received: &[Located<'_>], identity: Identity) {
        if identity.times_survive {
            self.by_key(sent, received, |line| key(line, true));
        }
        for (ours, theirs) in unmatched_by_session(sent, received, self).into_values() {
            if ours.len() * theirs.len() <= MOST_PAIRS {
                let keys = |events: &[Located<'_>], positions: &[usize]| -> Vec<Option<Vec<u8>>> {
                    positions
                        .iter()
                        .map(|&position| Some(key(events.get(position)?.line, false)))
                        .collect()
                };
                for (i, j) in longest_common(&keys(sent, &ours), &keys(received, &theirs)) {
                    if let (Some(&index), Some(&position)) = (ours.get(i), theirs.get(j)) {
                        self.set(position, index);
                    }
                }
            }
        }
        self.by_key(sent, received, |line| key(line, false));
        let known: HashSet<Vec<u8>> =
            sent.iter().map(|event| key(event.line, identity.times_survive)).collect();
        for (position, event) in received.iter().enumerate() {
            if self.of_received.get(position) == Some(&Match::None)
                && known.contains(&key(event.line, identity.times_survive))
            {
                self.repeat(position);
            }
        }
    }

    /// Matches unmatched events of the same key, in order.
    fn by_key(
        &mut self,
        sent: &[Located<'_>],
        received: &[Located<'_>],
        key: impl Fn(&[u8]) -> Vec<u8>,
    ) {
        let mut free: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (index, event) in sent.iter().enumerate().rev().filter(|(i, _)| self.is_free(*i)) {
            free.entry(key(event.line)).or_default().push(index);
        }
        for (position, event) in received.iter().enumerate() {
            if self.of_received.get(position) == Some(&Match::None)
                && let Some(index) = free.get_mut(&key(event.line)).and_then(Vec::pop)
            {
                self.set(position, index);
            }
        }
    }
}

/// What tells an event from the others of its user where ids did not survive.
fn key(line: &[u8], with_time: bool) -> Vec<u8> {
    let [_, _, event_type, user, session, page, button, _] = raw_fields(line);
    let mut key = Vec::with_capacity(96);
    for part in [event_type, user, session, page, button] {
        key.extend_from_slice(part.unwrap_or_default());
        key.push(0);
    }
    if with_time {
        let millis = time_of(line).map(VirtualTime::as_millis);
        key.extend_from_slice(&millis.unwrap_or(u64::MAX).to_le_bytes());
    }
    key
}

/// Positions of unmatched events, sent and received, by session.
fn unmatched_by_session<'a>(
    sent: &[Located<'a>],
    received: &[Located<'a>],
    matches: &Matches,
) -> BTreeMap<&'a [u8], (Vec<usize>, Vec<usize>)> {
    let session = |event: &Located<'a>| raw_fields(event.line)[4].unwrap_or_default();
    let mut by_session: BTreeMap<&'a [u8], (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (position, event) in received.iter().enumerate() {
        if matches.of_received.get(position) == Some(&Match::None) {
            by_session.entry(session(event)).or_default().1.push(position);
        }
    }
    if by_session.is_empty() {
        return by_session;
    }
    for (index, event) in sent.iter().enumerate().filter(|(index, _)| matches.is_free(*index)) {
        if let Some((ours, _)) = by_session.get_mut(session(event)) {
            ours.push(index);
        }
    }
    by_session
}

fn emit_out_of_order(
    sent: &[Located<'_>],
    received: &[Located<'_>],
    matches: &Matches,
    emit: &mut Emit<'_>,
) {
    // By file and user: each event with the one that was sent.
    type Placed<'e> = Vec<(&'e Located<'e>, &'e Located<'e>)>;
    let mut by_user: BTreeMap<(u16, &[u8]), Placed<'_>> = BTreeMap::new();
    for (event, found) in received.iter().zip(&matches.of_received) {
        if let Match::Sent(index) = *found
            && let Some(sent) = sent.get(index)
        {
            let user = raw_fields(sent.line)[3].unwrap_or_default();
            by_user.entry((event.file, user)).or_default().push((sent, event));
        }
    }
    for events in by_user.into_values() {
        let orders: Vec<u64> = events.iter().map(|(sent, _)| sent.order).collect();
        for (&(sent, received), in_order) in events.iter().zip(longest_increasing(&orders)) {
            if !in_order {
                emit(&Difference::OutOfOrder { sent: *sent, received: *received });
            }
        }
    }
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
