//! Ids that the collector gives: of answers, and of the lines it stamps.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator of version 7 UUIDs ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)), which do not
/// repeat from run to run.
#[derive(Debug)]
pub(crate) struct UuidGenerator(ChaCha8Rng);

impl UuidGenerator {
    pub(crate) fn new() -> Self {
        Self(ChaCha8Rng::seed_from_u64(RandomState::new().hash_one(SystemTime::now())))
    }

    /// The next UUID, of the time `millis` milliseconds after the Unix epoch.
    pub(crate) fn next(&mut self, millis: u64) -> String {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        let mut id = String::with_capacity(36);
        let _ = write!(
            id,
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            (millis >> 16) & 0xffff_ffff,
            millis & 0xffff,
            high & 0xfff,
            0x8000 | (high >> 12) & 0x3fff,
            low >> 16
        );
        id
    }
}

/// The wall clock, in milliseconds since the Unix epoch.
pub(crate) fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_time_version_and_variant() {
        let mut uuids = UuidGenerator::new();
        let (first, second) = (uuids.next(0x0190_163d_8694), uuids.next(0x0190_163d_8694));
        assert_ne!(first, second);
        for id in [first, second] {
            assert!(id.len() == 36 && id.starts_with("0190163d-8694-7"), "{id}");
            assert!(id[19..].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
    }
}
