//! The hashes that events are compared by: 64 bits, the same in every run.
//!
//! Two of ten million values are alike by accident once in a million comparisons.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;

/// The hash of what is not there, which is also that of null.
pub(super) const NOTHING: u64 = 0;

/// The hash of a text or of any other bytes; never [`NOTHING`].
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes).max(NOTHING + 1)
}

/// The hash of several hashes.
pub(super) fn mix<const N: usize>(hashes: [u64; N]) -> u64 {
    FixedState::default().hash_one(hashes).max(NOTHING + 1)
}
