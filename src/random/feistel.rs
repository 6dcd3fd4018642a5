//! A permutation that looks random.

/// Rounds of a network, each with a key.
const ROUNDS: usize = 4;

/// A keyed permutation of the numbers of `2 * HALF_BITS` bits.
///
/// A Feistel network is a bijection whatever its round function is (Luby, Rackoff, "How to construct
/// pseudorandom permutations from pseudorandom functions", SIAM Journal on Computing 17, 1988): each
/// round adds a function of one half to the other half, which the same function takes away again.
#[derive(Clone, Debug)]
pub(crate) struct Feistel<const HALF_BITS: u32> {
    keys: [u32; ROUNDS],
}

impl<const HALF_BITS: u32> Feistel<HALF_BITS> {
    const MASK: u32 = ((1_u64 << HALF_BITS) - 1) as u32;

    /// The permutation with these keys.
    pub(crate) const fn new(keys: [u32; ROUNDS]) -> Self {
        Self { keys }
    }

    /// The number in whose place `value` comes.
    pub(crate) fn permute(&self, value: u64) -> u64 {
        let (mut left, mut right) = Self::halves(value);
        for key in self.keys {
            (left, right) = (right, left ^ mix(right, key) & Self::MASK);
        }
        Self::whole(left, right)
    }

    /// The number that [`Self::permute`] turns into `value`.
    pub(crate) fn invert(&self, value: u64) -> u64 {
        let (mut left, mut right) = Self::halves(value);
        for key in self.keys.into_iter().rev() {
            (left, right) = (right ^ mix(left, key) & Self::MASK, left);
        }
        Self::whole(left, right)
    }

    fn halves(value: u64) -> (u32, u32) {
        ((value >> HALF_BITS) as u32 & Self::MASK, value as u32 & Self::MASK)
    }

    fn whole(left: u32, right: u32) -> u64 {
        u64::from(left) << HALF_BITS | u64::from(right)
    }
}

/// 32 bits of a value and a key: the finalizer of `MurmurHash3` (Appleby, 2008, public domain). For one
/// key it is a bijection; its high bits are its best.
pub(crate) fn mix(value: u32, key: u32) -> u32 {
    let mut hash = value ^ key;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn it_is_a_permutation() {
        let permutation = Feistel::<4>::new([5, 6, 7, 8]);
        let images: HashSet<u64> = (0..256).map(|value| permutation.permute(value)).collect();
        assert_eq!(images.len(), 256);
        assert!(images.iter().all(|&image| image < 256));
    }

    proptest! {
        #[test]
        fn it_can_be_inverted(keys: [u32; ROUNDS], value in 0..1_u64 << 48) {
            let permutation = Feistel::<24>::new(keys);
            prop_assert_eq!(permutation.invert(permutation.permute(value)), value);
            let permutation = Feistel::<16>::new(keys);
            prop_assert_eq!(permutation.invert(permutation.permute(value >> 16)), value >> 16);
        }
    }
}
