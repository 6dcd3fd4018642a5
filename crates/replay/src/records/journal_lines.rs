//! The lines of a journal: a text, a space, and a check of the text, so that damage is never taken for
//! what was settled.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use event_simulator::digest::Digest;
use serde::{Deserialize, Serialize};

/// Version of the journal's form.
pub(super) const JOURNAL_VERSION: u32 = 2;

/// The beginning of every journal, whatever its version.
pub(super) const HEADER_START: &[u8] = b"{\"journal_version\":";

/// What stands before the positions of events that were given up.
const GIVEN_UP: &[u8] = b"given-up ";

/// The timeline and the target that a journal belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JournalIdentity {
    pub(super) journal_version: u32,
    pub(super) timeline_bytes: u64,
    /// BLAKE3 of the timeline's file.
    pub(super) timeline_digest: String,
    /// BLAKE3 of the target's URL, with what the environment put into it.
    pub(super) target_digest: String,
    /// The same URL without secrets, for messages.
    pub(super) url: String,
}

impl JournalIdentity {
    /// The identity of a timeline's file and the target of that digest, which is shown as `url`.
    pub(crate) fn of(timeline: &Path, target_digest: String, url: String) -> io::Result<Self> {
        let mut file = File::open(timeline)?;
        let (mut digest, mut timeline_bytes) = (Digest::default(), 0);
        let mut block = vec![0; 256 * 1024];
        loop {
            let count = file.read(&mut block)?;
            if count == 0 {
                break;
            }
            digest.update(&block[..count]);
            timeline_bytes += count as u64;
        }
        Ok(Self {
            journal_version: JOURNAL_VERSION,
            timeline_bytes,
            timeline_digest: digest.finish(),
            target_digest,
            url,
        })
    }

    /// The way in which a journal of this identity differs from `other`, if it does.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let timeline =
            |identity: &Self| (identity.timeline_bytes, identity.timeline_digest.clone());
        if timeline(self) != timeline(other) {
            return Some("another timeline, or the timeline has changed".to_owned());
        }
        (self.target_digest != other.target_digest).then(|| format!("another target, {}", self.url))
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct JournalHeader {
    #[serde(flatten)]
    pub(super) identity: JournalIdentity,
    /// Milliseconds added to every event's time, decided when the replay first began.
    pub(super) shift_millis: Option<i64>,
}

impl JournalHeader {
    /// The line, its end included.
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        // Numbers and texts are JSON always.
        put_checked(&mut line, &serde_json::to_vec(self).unwrap_or_default());
        line
    }

    /// The header that a line without its end holds, or what is wrong with it.
    pub(super) fn of_line(line: &[u8]) -> Result<Self, &'static str> {
        if !line.starts_with(HEADER_START) {
            return Err("this is not a journal; name another file");
        }
        if let Some(header) = text(line).and_then(|text| serde_json::from_slice(text).ok()) {
            return Ok(header);
        }
        match serde_json::from_slice(line) {
            Ok(VersionedHeader { journal_version }) if journal_version != JOURNAL_VERSION => {
                Err("it is a journal of another version of this program: delete it to begin anew")
            }
            _ => Err("its first line is damaged: delete the file to begin anew"),
        }
    }
}

/// What every version of a journal begins with.
#[derive(Deserialize)]
struct VersionedHeader {
    journal_version: u32,
}

/// Positions that are settled together, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SettledRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) is_given_up: bool,
}

impl SettledRange {
    /// Adds its line to `journal`.
    pub(super) fn put(self, journal: &mut Vec<u8>) {
        let start = journal.len();
        let mut digits = itoa::Buffer::new();
        if self.is_given_up {
            journal.extend_from_slice(GIVEN_UP);
        }
        journal.extend_from_slice(digits.format(self.first).as_bytes());
        if self.first != self.last {
            journal.push(b'-');
            journal.extend_from_slice(digits.format(self.last).as_bytes());
        }
        let check = check(&journal[start..]);
        journal.extend_from_slice(&check);
    }

    /// The range that a line without its end holds; `None` if the line is damaged.
    pub(super) fn of_line(line: &[u8]) -> Option<Self> {
        let text = text(line)?;
        let positions = text.strip_prefix(GIVEN_UP);
        let is_given_up = positions.is_some();
        let positions = std::str::from_utf8(positions.unwrap_or(text)).ok()?;
        let (first, last) = positions.split_once('-').unwrap_or((positions, positions));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (1 <= first && first <= last).then_some(Self { first, last, is_given_up })
    }
}

fn put_checked(journal: &mut Vec<u8>, text: &[u8]) {
    journal.extend_from_slice(text);
    journal.extend_from_slice(&check(text));
}

/// Bytes of a check, the line's end left out.
const CHECK_BYTES: usize = 9;

/// What follows a text in its line: CRC-32 in hexadecimal, and the line's end.
fn check(text: &[u8]) -> [u8; CHECK_BYTES + 1] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut crc = flate2::Crc::new();
    crc.update(text);
    let mut check = [b' '; CHECK_BYTES + 1];
    for (place, digit) in check[1..CHECK_BYTES].iter_mut().enumerate() {
        *digit = DIGITS[(crc.sum() >> (28 - 4 * place)) as usize & 0xf];
    }
    check[CHECK_BYTES] = b'\n';
    check
}

/// The text of a line without its end, if its check is right.
fn text(line: &[u8]) -> Option<&[u8]> {
    let (text, found) = line.split_at_checked(line.len().checked_sub(CHECK_BYTES)?)?;
    (check(text)[..CHECK_BYTES] == *found).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(range: SettledRange) -> Vec<u8> {
        let mut line = Vec::new();
        range.put(&mut line);
        assert_eq!(line.pop(), Some(b'\n'));
        line
    }

    #[test]
    fn a_line_can_be_read_by_people() {
        let line = |first, last, is_given_up| {
            String::from_utf8(line(SettledRange { first, last, is_given_up })).unwrap()
        };
        assert_eq!(line(12, 511, false), "12-511 427ec95d");
        assert_eq!(line(17, 17, true), "given-up 17 58330343");
    }

    proptest! {
        #[test]
        fn a_line_comes_back_and_no_bit_of_it_can_flip_unseen(
            first in 1_u64..100_000, more in 0_u64..1_000, is_given_up: bool, byte: prop::sample::Index, bit in 0..8_u32,
        ) {
            let range = SettledRange { first, last: first + more, is_given_up };
            let mut line = line(range);
            prop_assert_eq!(SettledRange::of_line(&line), Some(range));
            let byte = byte.index(line.len());
            line[byte] ^= 1 << bit;
            prop_assert_eq!(SettledRange::of_line(&line), None);
        }
    }
}
