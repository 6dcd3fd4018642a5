//! What was seen: which events came before, and how far each user's time has got.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::contract::Accepted;
use event_simulator::time::VirtualTime;

/// Within which field event times must not go backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// `user_id`.
    #[default]
    User,
    /// `session_id`.
    Session,
}

/// Remembers 16 bytes an event that has an identity, and one time for each user.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    seen: HashSet<u128>,
    latest: HashMap<Box<str>, VirtualTime>,
    order_by: OrderBy,
}

/// Which events of a request came before.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) is_repeat: Vec<bool>,
    added: Vec<u128>,
}

impl Ledger {
    pub(super) fn new(order_by: OrderBy) -> Self {
        Self { order_by, ..Self::default() }
    }

    /// Enters the events of one request. An event alone is known by the request's
    /// `Idempotency-Key`, else by its `event_id`; one in a batch by its `event_id`, else by the
    /// batch's key and its place. An event without any of them is always new.
    pub(super) fn admit(
        &mut self,
        events: &[Accepted],
        key: Option<&str>,
        batch: bool,
    ) -> Admission {
        let mut added = Vec::with_capacity(events.len());
        let is_repeat = events.iter().enumerate().map(|(index, event)| {
            let id = match (key, event.event_id) {
                (Some(key), _) if !batch => identity(key),
                (_, Some(id)) => identity(id),
                (Some(key), None) => identity(&format!("{key}#{index}")),
                (None, None) => return false,
            };
            let is_new = self.seen.insert(id);
            if is_new {
                added.push(id);
            }
            !is_new
        });
        Admission { is_repeat: is_repeat.collect(), added }
    }

    /// Undoes an admission whose events could not be kept.
    pub(super) fn withdraw(&mut self, admission: &Admission) {
        for id in &admission.added {
            self.seen.remove(id);
        }
    }

    /// Whether `event` is older than one that its user (or session) already sent.
    pub(super) fn breaks_order(&mut self, event: &Accepted) -> bool {
        let Some(time) = event.event_time else { return false };
        let key = match self.order_by {
            OrderBy::User => event.user_id,
            OrderBy::Session => event.session_id,
        };
        if let Some(latest) = self.latest.get_mut(key) {
            let is_older = time < *latest;
            *latest = time.max(*latest);
            return is_older;
        }
        if let Entry::Vacant(entry) = self.latest.entry(key.into()) {
            entry.insert(time);
        }
        false
    }
}

/// A UUID itself, or the first 128 bits of any other text's BLAKE3 digest. Quotes around it do not count.
fn identity(text: &str) -> u128 {
    let text = text.trim_matches('"');
    uuid(text).unwrap_or_else(|| {
        let digest = blake3::hash(text.as_bytes());
        digest.as_bytes().iter().take(16).fold(0, |bits, &byte| bits << 8 | u128::from(byte))
    })
}

fn uuid(text: &str) -> Option<u128> {
    if text.len() != 36 {
        return None;
    }
    text.bytes().enumerate().try_fold(0, |bits, (place, byte)| match (place, byte) {
        (8 | 13 | 18 | 23, b'-') => Some(bits),
        (8 | 13 | 18 | 23, _) => None,
        _ => Some(bits << 4 | u128::from(char::from(byte).to_digit(16)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: &'static str, id: Option<&'static str>, millis: u64) -> Accepted<'static> {
        Accepted {
            json: "{}",
            user_id: user,
            session_id: "s",
            event_id: id,
            event_time: VirtualTime::from_millis(millis),
        }
    }

    #[test]
    fn repeats_are_known_by_key_or_id() {
        let mut ledger = Ledger::default();
        let mut admit =
            |events: &[Accepted], key, batch| ledger.admit(events, key, batch).is_repeat;
        let with_id = event("u", Some("\"a\""), 0);
        assert_eq!(admit(&[with_id, with_id], None, true), [false, true]);
        assert_eq!(admit(&[with_id], Some("k"), false), [false]);
        assert_eq!(admit(&[with_id], Some("\"k\""), false), [true]);
        let without = event("u", None, 0);
        assert_eq!(admit(&[without, without], None, true), [false, false]);
        assert_eq!(admit(&[without, without], Some("b"), true), [false, false]);
        assert_eq!(admit(&[without, without], Some("b"), true), [true, true]);
    }

    #[test]
    fn what_was_withdrawn_is_new_again() {
        let mut ledger = Ledger::default();
        let (first, second) = ([event("u", Some("a"), 0)], [event("u", Some("a"), 0)]);
        let admission = ledger.admit(&first, None, false);
        ledger.withdraw(&admission);
        assert_eq!(ledger.admit(&second, None, false).is_repeat, [false]);
        let repeat = ledger.admit(&second, None, false);
        ledger.withdraw(&repeat);
        assert_eq!(ledger.admit(&second, None, false).is_repeat, [true]);
    }

    #[test]
    fn order_is_kept_within_a_user() {
        let mut ledger = Ledger::default();
        let times = [("a", 5), ("b", 1), ("a", 5), ("a", 4), ("a", 4), ("a", 6)];
        let broken = times.map(|(user, time)| ledger.breaks_order(&event(user, None, time)));
        assert_eq!(broken, [false, false, false, true, true, false]);
    }

    #[test]
    fn identities_are_exact_for_uuids() {
        let text = "0190163d-8694-739b-aea5-966c26f8ad91";
        assert_eq!(identity(text), 0x0190163d_8694_739b_aea5_966c26f8ad91);
        assert_eq!(identity(&format!("\"{}\"", text.to_uppercase())), identity(text));
        assert_ne!(identity("a"), identity("b"));
    }
}
