//! The rounds in which events are matched; what a round leaves is the next one's.

use foldhash::HashSet;

use super::event_store::KeyedEvent;
use super::fingerprint::{CONTENT, Fingerprint, hash_of_field};
use super::hashing::mix;
use super::matching::{MatchKey, Matching};
use super::pool::Pool;
use super::raw_event::RawEvent;
use super::scope::FieldScope;

/// A round: the key that events which may belong together have in common, and the rules among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// What is equal in everything, id included; of what is left, exact repeats.
    EqualById,
    /// What is equal in everything but the id: it got another one.
    EqualBody,
    /// What has the same id, and is altered.
    SameId,
    /// What has the same content at the same time, equal props first; of what is left, repeats.
    ContentInTime,
    /// What has the same content in the same session, in order, then in any order.
    Session,
    /// What is of the same session and equal in everything but one field.
    ButOneOfSession,
    /// What is of the same user and equal in everything but the session.
    ButSessionOfUser,
}

/// The positions in [`CONTENT`] of the fields that may differ within a session: type, page, button and user.
const OF_SESSION: [usize; 4] = [0, 3, 4, 1];

/// The position of the field that may differ within a user: the session.
const OF_USER: [usize; 1] = [2];

impl Round {
    /// The rounds of a way of matching.
    pub(super) fn all(matching: Matching) -> Vec<Self> {
        if matching.key != MatchKey::Content {
            return vec![Self::EqualById, Self::EqualBody, Self::SameId];
        }
        let in_time = matching.times_survive.then_some(Self::ContentInTime);
        let others = [Self::Session, Self::ButOneOfSession, Self::ButSessionOfUser];
        in_time.into_iter().chain(others).collect()
    }

    /// The key of an event.
    pub(super) fn key(self, fingerprint: &Fingerprint, times_compared: bool) -> u64 {
        match self {
            Self::EqualById | Self::SameId => fingerprint.id_or_content(),
            Self::EqualBody => fingerprint.body(times_compared),
            Self::ContentInTime => fingerprint.content_in_time(),
            Self::Session | Self::ButOneOfSession => fingerprint.session,
            Self::ButSessionOfUser => fingerprint.user,
        }
    }

    /// Another key, for a partition that is too large: what is equal stays together.
    pub(super) fn narrow_key(self, event: &KeyedEvent<'_>, matching: Matching) -> Option<u64> {
        match self {
            Self::EqualById => Some(event.fingerprint.body(matching.times_compared)),
            Self::ContentInTime | Self::Session => Some(event.fingerprint.content),
            Self::ButOneOfSession | Self::ButSessionOfUser => {
                matching.times_survive.then(|| event.fingerprint.all_but_content())
            }
            Self::EqualBody | Self::SameId => None,
        }
    }

    /// The ids of sent events that are not matched in this round.
    pub(super) fn free_ids(self, pool: &mut Pool<'_>, matching: Matching) -> HashSet<u64> {
        if self != Self::EqualById {
            return HashSet::default();
        }
        pool.pair_by(|event| with_id(event, event.fingerprint.body(matching.times_compared)));
        pool.keys_of_sent(|event| event.fingerprint.id(), |is_free| is_free)
    }

    /// Matches the events of one partition, or of a part of one; then `free_elsewhere` are the ids of sent events that
    /// are not matched in any part.
    pub(super) fn apply(
        self,
        pool: &mut Pool<'_>,
        free_elsewhere: &HashSet<u64>,
        matching: Matching,
        scope: &FieldScope,
    ) {
        let body = |event: &KeyedEvent<'_>| event.fingerprint.body(matching.times_compared);
        let id = |event: &KeyedEvent<'_>| event.fingerprint.id();
        match self {
            Self::EqualById => {
                let free = self.free_ids(pool, matching);
                if pool.is_settled() {
                    return;
                }
                let known = pool.keys_of_sent(|event| with_id(event, body(event)), |_| true);
                pool.repeat_if(|event| {
                    id(event).is_some_and(|id| !free.contains(&id) && !free_elsewhere.contains(&id))
                        && with_id(event, body(event)).is_some_and(|key| known.contains(&key))
                });
            }
            Self::EqualBody => pool.pair_by(|event| Some(body(event))),
            Self::SameId => {
                pool.pair_by(|event| with_id(event, event.fingerprint.content_in_time()));
                pool.pair_by(|event| with_id(event, event.fingerprint.content));
                pool.pair_by(id);
            }
            Self::ContentInTime => {
                if matching.ids_survive {
                    pool.pair_by(|event| with_id(event, body(event)));
                }
                let key = |event: &KeyedEvent<'_>| Some(event.fingerprint.content_in_time());
                pool.pair_by(|event| Some(event.fingerprint.body(true)));
                pool.pair_by(key);
                pool.repeat_by(key);
            }
            Self::Session => {
                let key = |event: &KeyedEvent<'_>| Some(event.fingerprint.content);
                pool.pair_in_sequence(|event| event.fingerprint.rest);
                pool.pair_by(key);
                if !matching.times_survive {
                    pool.repeat_by(key);
                }
            }
            Self::ButOneOfSession => pair_but_for_one(pool, &OF_SESSION, matching, scope),
            Self::ButSessionOfUser => pair_but_for_one(pool, &OF_USER, matching, scope),
        }
    }
}

/// A key and the id as one; none without an id.
fn with_id(event: &KeyedEvent<'_>, key: u64) -> Option<u64> {
    Some(mix([event.fingerprint.id()?, key]))
}

/// Matches what is equal in everything but the ids and one field of the content. The time counts only if it tells
/// events apart. Further copies of what was so matched are repeats.
fn pair_but_for_one(pool: &mut Pool<'_>, which: &[usize], matching: Matching, scope: &FieldScope) {
    let values = |event: &KeyedEvent<'_>| {
        let raw = RawEvent::of_event(event.event.line);
        let [event_type, user, session, page, button] =
            CONTENT.map(|field| hash_of_field(&raw, field, scope));
        let time = matching.times_survive.then(|| event.fingerprint.millis()).flatten();
        let other = mix([event.fingerprint.rest, time.unwrap_or(u64::MAX)]);
        [event_type, user, session, page, button, other]
    };
    pool.pair_by_all_but_one(values, which);
    if !pool.is_settled() {
        let body = |event: &KeyedEvent<'_>| event.fingerprint.body(matching.times_compared);
        let known = pool.keys_of_matched(body);
        pool.repeat_if(|event| known.contains(&body(event)));
    }
}
