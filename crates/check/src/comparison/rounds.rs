//! The rounds in which events are matched; what a round leaves is the next one's.

use event_simulator::event::Field;

use super::event_store::KeyedEvent;
use super::fingerprint::{CONTENT, hash_of_field};
use super::hashing::{NOTHING, mix};
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
    /// What has the same id, and is altered; of what is left, repeats.
    SameId,
    /// What has the same content at the same time, equal props first; of what is left, repeats.
    ContentInTime,
    /// What has the same content in the same session, in order, then in any order.
    Session,
    /// What is equal in everything but one field.
    AllBut(Field),
}

impl Round {
    /// The rounds of a way of matching.
    pub(super) fn all(matching: Matching) -> Vec<Self> {
        if matching.key != MatchKey::Content {
            return vec![Self::EqualById, Self::EqualBody, Self::SameId];
        }
        let in_time = matching.times_survive.then_some(Self::ContentInTime);
        let mut rounds: Vec<Self> = in_time.into_iter().chain([Self::Session]).collect();
        rounds.extend(CONTENT.map(Self::AllBut));
        rounds
    }

    /// The key of an event.
    pub(super) fn key(self, event: &KeyedEvent<'_>, matching: Matching, scope: &FieldScope) -> u64 {
        let fingerprint = &event.fingerprint;
        match self {
            Self::EqualById | Self::SameId => fingerprint.id_or_content(),
            Self::EqualBody => fingerprint.body(matching.times_compared),
            Self::ContentInTime => fingerprint.content_in_time(),
            Self::Session => fingerprint.session,
            Self::AllBut(field) => key_without(field, event, matching, scope),
        }
    }

    /// Matches the events of one partition.
    pub(super) fn apply(self, pool: &mut Pool<'_>, matching: Matching, scope: &FieldScope) {
        let body = |event: &KeyedEvent<'_>| event.fingerprint.body(matching.times_compared);
        let id = |event: &KeyedEvent<'_>| event.fingerprint.id();
        let with_id = |event: &KeyedEvent<'_>, key| Some(mix([id(event)?, key]));
        match self {
            Self::EqualById => {
                pool.pair_by(|event| with_id(event, body(event)));
                if pool.is_settled() {
                    return;
                }
                let free = pool.keys_of_sent(id, |is_free| is_free);
                let known = pool.keys_of_sent(|event| with_id(event, body(event)), |_| true);
                pool.repeat_if(|event| {
                    id(event).is_some_and(|id| !free.contains(&id))
                        && with_id(event, body(event)).is_some_and(|key| known.contains(&key))
                });
                pool.note_known(&pool.keys_of_sent(id, |_| true));
            }
            Self::EqualBody => pool.pair_by(|event| Some(body(event))),
            Self::SameId => {
                pool.pair_by(|event| with_id(event, event.fingerprint.content_in_time()));
                pool.pair_by(|event| with_id(event, event.fingerprint.content));
                pool.pair_by(id);
                pool.repeat_if(|event| event.is_known);
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
            Self::AllBut(field) => {
                pool.pair_by(|event| Some(key_without(field, event, matching, scope)));
                if pool.is_settled() {
                    return;
                }
                let known = pool.keys_of_matched(body);
                pool.repeat_if(|event| known.contains(&body(event)));
            }
        }
    }
}

/// The hash of everything but the ids and one field of the content; of the time only if it tells events apart.
fn key_without(
    field: Field,
    event: &KeyedEvent<'_>,
    matching: Matching,
    scope: &FieldScope,
) -> u64 {
    let raw = RawEvent::of_event(event.event.line);
    let content = CONTENT
        .map(|other| if other == field { NOTHING } else { hash_of_field(&raw, other, scope) });
    let time = matching.times_survive.then(|| event.fingerprint.millis()).flatten();
    mix([mix(content), event.fingerprint.rest, time.unwrap_or(u64::MAX)])
}
