//! Ids: seeded bijections of numbers, random to look at and free of collisions.

use crate::random::RngStreams;

const ROUNDS: usize = 4;

/// Turns user and session numbers into the digits of their ids.
///
/// A Feistel network is a bijection whatever its round function is (Luby, Rackoff, "How to construct
/// pseudorandom permutations from pseudorandom functions", SIAM Journal on Computing 17, 1988), so
/// two users, or two sessions, never share an id.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    user_keys: [u32; ROUNDS],
    session_keys: [u32; ROUNDS],
    tail_key: u32,
}

impl Ids {
    pub(crate) fn new(streams: &RngStreams) -> Self {
        let mut rng = streams.for_ids();
        Self {
            user_keys: std::array::from_fn(|_| rng.next_u32()),
            session_keys: std::array::from_fn(|_| rng.next_u32()),
            tail_key: rng.next_u32(),
        }
    }

    /// The 32 bits of a user's id.
    pub(crate) fn user(&self, user: u32) -> u32 {
        feistel(u64::from(user), 16, &self.user_keys) as u32
    }

    /// The 48 bits of a session's id, and above them 14 bits more, which fill the rest of its events'
    /// ids. Both numbers have 24 bits.
    pub(crate) fn session(&self, user: u32, session: u32) -> u64 {
        let code = feistel(u64::from(user) << 24 | u64::from(session), 24, &self.session_keys);
        let tail = mix(code as u32 ^ (code >> 32) as u32, self.tail_key) & 0x3fff;
        u64::from(tail) << 48 | code
    }
}

fn feistel(value: u64, half_bits: u32, keys: &[u32; ROUNDS]) -> u64 {
    let mask = (1 << half_bits) - 1;
    let mut left = (value >> half_bits) as u32 & mask;
    let mut right = value as u32 & mask;
    for &key in keys {
        (left, right) = (right, left ^ mix(right, key) & mask);
    }
    u64::from(left) << half_bits | u64::from(right)
}

/// The finalizer of `MurmurHash3` (Appleby, 2008, public domain), keyed; its high bits are its best.
fn mix(value: u32, key: u32) -> u32 {
    let mut hash = value ^ key;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_differ_by_seed() {
        let ids = Ids::new(&RngStreams::new(5));
        let users: HashSet<u32> = (0..200_000).map(|user| ids.user(user)).collect();
        assert_eq!(users.len(), 200_000);
        let sessions: HashSet<u64> = (0..500)
            .flat_map(|user| (0..400).map(move |k| (user, k)))
            .map(|(u, k)| ids.session(u, k) & 0xffff_ffff_ffff)
            .collect();
        assert_eq!(sessions.len(), 200_000);
        assert!(sessions.iter().all(|&bits| bits < 1 << 62));
        assert_ne!(ids.user(0), Ids::new(&RngStreams::new(6)).user(0));
    }

    #[test]
    fn neighbours_look_unrelated() {
        let ids = Ids::new(&RngStreams::new(5));
        let flipped: u32 =
            (0..10_000_u32).map(|user| (ids.user(user) ^ ids.user(user + 1)).count_ones()).sum();
        let mean = f64::from(flipped) / 10_000.0;
        assert!((15.0..17.0).contains(&mean), "{mean} of 32 bits differ on average");
    }
}
