//! The partitions that consumers of a log divide their events into, by a hash of the key.

use super::code_length;

/// A hash by which events are spread over partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyHash {
    /// Murmur 2, as Kafka's Java client takes it.
    Murmur2,
    /// CRC-32, as librdkafka takes it.
    Crc32,
    /// FNV-1a of 32 bits, as many Go clients take it.
    Fnv1a,
    /// Java's `String.hashCode`.
    JavaString,
}

/// Partitions of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyPartitions {
    pub(super) hash: KeyHash,
    pub(super) of: u32,
    pub(super) partitions: Vec<u32>,
}

const HASHES: [KeyHash; 4] =
    [KeyHash::Murmur2, KeyHash::Crc32, KeyHash::Fnv1a, KeyHash::JavaString];

const MOST_PARTITIONS: u32 = 64;

/// The partitions whose keys are just the chosen ones, if that is no coincidence.
pub(super) fn key_partitions(keys: &[(&str, bool)]) -> Option<KeyPartitions> {
    const LEAST_SAVED: f64 = 10.0;
    let chosen = keys.iter().filter(|(_, chosen)| *chosen).count() as u64;
    let unexplained = code_length::choice(keys.len() as u64, chosen);
    for hash in HASHES {
        let hashes: Vec<(u32, bool)> =
            keys.iter().map(|(key, chosen)| (hash.of(key.as_bytes()), *chosen)).collect();
        for of in 2..=MOST_PARTITIONS {
            let Some(partitions) = exact_partitions(&hashes, of) else { continue };
            let named = code_length::choice(u64::from(of), partitions.len() as u64);
            let bits = named + code_length::number(u64::from(MOST_PARTITIONS) * 4);
            if bits + LEAST_SAVED <= unexplained {
                return Some(KeyPartitions { hash, of, partitions });
            }
        }
    }
    None
}

fn exact_partitions(hashes: &[(u32, bool)], of: u32) -> Option<Vec<u32>> {
    let mut is_chosen: Vec<Option<bool>> = vec![None; of as usize];
    for (hash, chosen) in hashes {
        let known = is_chosen[(hash % of) as usize].get_or_insert(*chosen);
        if known != chosen {
            return None;
        }
    }
    Some((0..of).filter(|&partition| is_chosen[partition as usize] == Some(true)).collect())
}

impl KeyHash {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Murmur2 => "murmur2, as Kafka's Java client",
            Self::Crc32 => "crc32, as librdkafka",
            Self::Fnv1a => "FNV-1a, as Go clients",
            Self::JavaString => "Java's hashCode",
        }
    }

    fn of(self, key: &[u8]) -> u32 {
        match self {
            Self::Murmur2 => murmur2(key) & 0x7fff_ffff,
            Self::Crc32 => crc32(key),
            Self::Fnv1a => key.iter().fold(0x811c_9dc5, |hash: u32, byte| {
                (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
            }),
            Self::JavaString => {
                let hash =
                    |hash: u32, byte: &u8| hash.wrapping_mul(31).wrapping_add(u32::from(*byte));
                key.iter().fold(0, hash) & 0x7fff_ffff
            }
        }
    }
}

/// Murmur 2 with the seed of Kafka's `Utils.murmur2`.
fn murmur2(key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    let mut hash = SEED ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let k = u32::from_le_bytes(*word).wrapping_mul(M);
        let k = (k ^ (k >> R)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    if !rest.is_empty() {
        for (place, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

/// CRC-32 of IEEE 802.3.
fn crc32(key: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !key.iter().fold(u32::MAX, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from Kafka's `UtilsTest` and from the CRC catalogue.
    #[test]
    fn hashes_are_those_of_the_clients() {
        assert_eq!(murmur2(b"21").cast_signed(), -973_932_308);
        assert_eq!(murmur2(b"foobar").cast_signed(), -790_332_482);
        assert_eq!(murmur2(b"a-little-bit-long-string").cast_signed(), -985_981_536);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(KeyHash::Fnv1a.of(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn partitions_are_found_and_coincidences_are_not() {
        let names: Vec<String> = (0..100).map(|n| format!("user_{n:08x}")).collect();
        let keys = |chosen: &dyn Fn(usize, &str) -> bool| -> Vec<(&str, bool)> {
            names.iter().enumerate().map(|(n, name)| (name.as_str(), chosen(n, name))).collect()
        };
        let third = |_: usize, name: &str| KeyHash::Murmur2.of(name.as_bytes()) % 12 == 3;
        let found = key_partitions(&keys(&third)).unwrap();
        assert_eq!((found.hash, found.of, found.partitions), (KeyHash::Murmur2, 12, vec![3]));
        assert_eq!(key_partitions(&keys(&|n, _| n == 7)), None);
        assert_eq!(key_partitions(&keys(&|n, _| n * n % 7 == 2)), None);
    }
}
