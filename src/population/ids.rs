//! The ids of users and sessions, from their numbers.

use crate::event::SessionBits;
use crate::random::{Feistel, RngStreams, mix};
use crate::scenario::MAX_USERS;

/// Bits of a user's number, and of a session's number among its user's.
const NUMBER_BITS: u32 = 24;

// Together 48 bits name a session.
const _: () = assert!(MAX_USERS == 1 << NUMBER_BITS);

/// The most sessions that one user has; after them the user stays away.
pub(crate) const MAX_SESSIONS: u32 = 1 << NUMBER_BITS;

/// The ids of users and sessions: permutations of their numbers, which look random and can be inverted.
///
/// So two users, or two sessions, never share an id.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    users: Feistel<16>,
    sessions: Feistel<NUMBER_BITS>,
    tail_key: u32,
}

impl Ids {
    /// The ids of one seed.
    pub(crate) fn new(streams: &RngStreams) -> Self {
        let [u0, u1, u2, u3, s0, s1, s2, s3, tail_key] = streams.id_keys();
        let (users, sessions) = (Feistel::new([u0, u1, u2, u3]), Feistel::new([s0, s1, s2, s3]));
        Self { users, sessions, tail_key }
    }

    /// The 32 bits of a user's id.
    pub(crate) fn user(&self, user: u32) -> u32 {
        self.users.permute(u64::from(user)) as u32
    }

    /// The bits of a session's id. Both numbers have 24 bits.
    pub(crate) fn session(&self, user: u32, session: u32) -> SessionBits {
        let code = self.sessions.permute(u64::from(user) << NUMBER_BITS | u64::from(session));
        SessionBits::new(code, mix(code as u32 ^ (code >> 32) as u32, self.tail_key))
    }

    /// The numbers of user and session that [`Self::session`] turned into `bits`.
    pub(crate) fn numbers(&self, bits: SessionBits) -> (u32, u32) {
        let numbers = self.sessions.invert(bits.code());
        ((numbers >> NUMBER_BITS) as u32, numbers as u32 & (MAX_SESSIONS - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_differ_by_seed() {
        let ids = Ids::new(&RngStreams::new(5));
        let users: HashSet<u32> = (0..200_000).map(|user| ids.user(user)).collect();
        assert_eq!(users.len(), 200_000);
        let sessions: HashSet<u64> = (0..500)
            .flat_map(|user| (0..400).map(move |k| (user, k)))
            .map(|(u, k)| ids.session(u, k).code())
            .collect();
        assert_eq!(sessions.len(), 200_000);
        assert!(sessions.iter().all(|&code| code < 1 << 48));
        assert_ne!(ids.user(0), Ids::new(&RngStreams::new(6)).user(0));
    }

    proptest! {
        #[test]
        fn numbers_are_found_again(user in 0..1_u32 << 24, session in 0..1_u32 << 24) {
            let ids = Ids::new(&RngStreams::new(5));
            prop_assert_eq!(ids.numbers(ids.session(user, session)), (user, session));
        }
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
