//! Ids that the collector gives: of answers, and of the lines it stamps.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{SystemTime, UNIX_EPOCH};

use event_simulator::event::UuidV7;
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
        UuidV7::new(millis, self.0.next_u32(), self.0.next_u64()).to_string()
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
