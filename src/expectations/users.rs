//! Who was seen, in few bytes a user.

use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashSet};
use smol_str::SmolStr;

/// Every user ever seen, numbered in the order of coming.
#[derive(Debug, Default)]
pub(super) struct Users(HashMap<SmolStr, User>);

/// The record of a user that each event needs. It lies in the table itself, as a short id does: with many
/// users every other place to look at is a wait for memory.
#[derive(Debug)]
pub(super) struct User {
    pub(super) number: u32,
    /// Where the user's open session is kept.
    pub(super) open: Option<u32>,
}

impl Users {
    /// The user, and whether this is the first time that the user is seen.
    pub(super) fn get(&mut self, id: &str) -> (&mut User, bool) {
        let number = self.0.len() as u32;
        match self.0.entry(SmolStr::new(id)) {
            Entry::Occupied(user) => (user.into_mut(), false),
            Entry::Vacant(new) => (new.insert(User { number, open: None }), true),
        }
    }
}

/// A set of users by their numbers: a hash set while it holds few of them, then one bit a user. Either
/// way it takes a handful of bytes for each member.
#[derive(Debug)]
pub(super) enum UserSet {
    Sparse(HashSet<u32>),
    Dense(Vec<u64>),
}

impl Default for UserSet {
    fn default() -> Self {
        Self::Sparse(HashSet::default())
    }
}

impl UserSet {
    /// Adds a user; whether it was not in the set.
    pub(super) fn insert(&mut self, user: u32) -> bool {
        match self {
            Self::Sparse(members) => {
                let is_new = members.insert(user);
                // A bit map up to this user would now take fewer bytes than the members do.
                if members.len() > user as usize / 64 {
                    let mut bits = Vec::new();
                    for &member in members.iter() {
                        set_bit(&mut bits, member);
                    }
                    *self = Self::Dense(bits);
                }
                is_new
            }
            Self::Dense(bits) => set_bit(bits, user),
        }
    }
}

/// Sets a bit; whether it was not set.
fn set_bit(bits: &mut Vec<u64>, position: u32) -> bool {
    let (index, bit) = (position as usize / 64, 1_u64 << (position % 64));
    if index >= bits.len() {
        bits.resize(index + 1, 0);
    }
    let word = bits.get_mut(index);
    word.is_some_and(|word| {
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_user_set_is_a_set(users in prop::collection::vec(0_u32..5_000, 0..200)) {
            let (mut set, mut model) = (UserSet::default(), HashSet::default());
            for user in users {
                prop_assert_eq!(set.insert(user), model.insert(user));
            }
        }
    }
}
