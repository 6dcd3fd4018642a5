//! Who was seen, in few bytes a user.

use foldhash::{HashMap, HashSet};

use super::sessions::OpenSession;

/// Every user ever seen, numbered in the order of coming, with the session that is open.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// Ids of at most 15 bytes, such as this program's own: padded with zeros, then the length.
    short: HashMap<[u8; 16], u32>,
    long: HashMap<Box<str>, u32>,
    open: Vec<Option<Box<OpenSession>>>,
}

impl Users {
    /// The user's number, and whether this is the first time that the user is seen.
    pub(super) fn index(&mut self, id: &str) -> (u32, bool) {
        let next = self.open.len() as u32;
        let number = if let Some(short) = packed(id) {
            *self.short.entry(short).or_insert(next)
        } else if let Some(&number) = self.long.get(id) {
            number
        } else {
            self.long.insert(id.into(), next);
            next
        };
        let is_new = number == next;
        if is_new {
            self.open.push(None);
        }
        (number, is_new)
    }

    pub(super) fn take_open(&mut self, user: u32) -> Option<Box<OpenSession>> {
        self.open.get_mut(user as usize)?.take()
    }

    pub(super) fn set_open(&mut self, user: u32, session: Box<OpenSession>) {
        if let Some(open) = self.open.get_mut(user as usize) {
            *open = Some(session);
        }
    }

    pub(super) fn into_open(self) -> impl Iterator<Item = Box<OpenSession>> {
        self.open.into_iter().flatten()
    }
}

fn packed(id: &str) -> Option<[u8; 16]> {
    let mut packed = [0; 16];
    packed.get_mut(..id.len()).filter(|room| room.len() < 16)?.copy_from_slice(id.as_bytes());
    packed[15] = id.len() as u8;
    Some(packed)
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

        #[test]
        fn users_are_told_apart(ids in prop::collection::vec("[ab\0]{0,2}|[ab]{14,17}", 0..100)) {
            let (mut users, mut model) = (Users::default(), Vec::new());
            for id in ids {
                let position = model.iter().position(|known| *known == id);
                let expected = position.unwrap_or(model.len()) as u32;
                prop_assert_eq!(users.index(&id), (expected, position.is_none()));
                if position.is_none() {
                    model.push(id);
                }
            }
        }
    }
}
