//! Deduplication: which events came before.

use std::collections::HashSet;

use crate::contract::ValidEvent;

/// The identities of all events so far, 16 bytes each.
#[derive(Debug, Default)]
pub(crate) struct Deduplicator {
    seen: HashSet<u128>,
}

/// The events of a request that came before.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// One for each event of the request.
    pub(crate) is_duplicate: Vec<bool>,
    inserted: Vec<u128>,
}

impl Deduplicator {
    /// Enters the events of one request. An event alone is known by the request's
    /// `Idempotency-Key`, else by its `event_id`; one in a batch by its `event_id`, else by the
    /// batch's key and its place. An event without any of them is always new.
    pub(crate) fn insert(
        &mut self,
        events: &[ValidEvent],
        key: Option<&str>,
        is_batch: bool,
    ) -> Duplicates {
        let mut inserted = Vec::with_capacity(events.len());
        let is_duplicate = events.iter().enumerate().map(|(index, event)| {
            let id = match (key, event.event_id) {
                (Some(key), _) if !is_batch => identity(key),
                (_, Some(id)) => identity(id),
                (Some(key), None) => identity(&format!("{key}#{index}")),
                (None, None) => return false,
            };
            let is_new = self.seen.insert(id);
            if is_new {
                inserted.push(id);
            }
            !is_new
        });
        Duplicates { is_duplicate: is_duplicate.collect(), inserted }
    }

    /// Takes back the events of a request that could not be kept.
    pub(crate) fn roll_back(&mut self, duplicates: &Duplicates) {
        for id in &duplicates.inserted {
            self.seen.remove(id);
        }
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

    fn event(id: Option<&'static str>) -> ValidEvent<'static> {
        ValidEvent { json: "{}", user_id: "u", session_id: "s", event_id: id, event_time: None }
    }

    #[test]
    fn repeats_are_known_by_key_or_id() {
        let mut deduplicator = Deduplicator::default();
        let mut insert = |events: &[ValidEvent], key, is_batch| {
            deduplicator.insert(events, key, is_batch).is_duplicate
        };
        let with_id = event(Some("\"a\""));
        assert_eq!(insert(&[with_id, with_id], None, true), [false, true]);
        assert_eq!(insert(&[with_id], Some("k"), false), [false]);
        assert_eq!(insert(&[with_id], Some("\"k\""), false), [true]);
        let without = event(None);
        assert_eq!(insert(&[without, without], None, true), [false, false]);
        assert_eq!(insert(&[without, without], Some("b"), true), [false, false]);
        assert_eq!(insert(&[without, without], Some("b"), true), [true, true]);
    }

    #[test]
    fn what_was_rolled_back_is_new_again() {
        let mut deduplicator = Deduplicator::default();
        let (first, second) = ([event(Some("a"))], [event(Some("a"))]);
        let duplicates = deduplicator.insert(&first, None, false);
        deduplicator.roll_back(&duplicates);
        assert_eq!(deduplicator.insert(&second, None, false).is_duplicate, [false]);
        let repeat = deduplicator.insert(&second, None, false);
        deduplicator.roll_back(&repeat);
        assert_eq!(deduplicator.insert(&second, None, false).is_duplicate, [true]);
    }

    #[test]
    fn identities_are_exact_for_uuids() {
        let text = "0190163d-8694-739b-aea5-966c26f8ad91";
        assert_eq!(identity(text), 0x0190163d_8694_739b_aea5_966c26f8ad91);
        assert_eq!(identity(&format!("\"{}\"", text.to_uppercase())), identity(text));
        assert_ne!(identity("a"), identity("b"));
    }
}
