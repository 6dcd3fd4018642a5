//! LZ-string, in which old clients in browsers compress: an LZW over UTF-16 units, its bits packed into base64.
//!
//! No library: those that there are have no limit, and a few kilobytes can stand for gigabytes.

use crate::body::BodyError;

/// What the code of a unit of eight bits is, of one of sixteen, and of the end.
const NARROW: usize = 0;
const WIDE: usize = 1;
const END: usize = 2;
/// The first code of the dictionary.
const FIRST: usize = 3;

/// The text that LZ-string in base64 stands for, at most `limit` UTF-16 units; none if it is not well formed.
pub(crate) fn decompressed(text: &[u8], limit: usize) -> Result<Option<String>, BodyError> {
    let mut bits = SextetBits { text, place: 0, bit: 0 };
    let mut units: Vec<u16> = Vec::new();
    // Each entry is a piece of the units before it: where it begins, and how long it is.
    let mut entries: Vec<(usize, usize)> = Vec::new();
    let mut width = 2;
    // What was written last; the next entry is that and one unit more.
    let mut last: Option<(usize, usize)> = None;
    loop {
        let Some(code) = bits.take(width) else { return Ok(None) };
        let start = units.len();
        let is_new = match code {
            END => return Ok(Some(String::from_utf16_lossy(&units))),
            NARROW | WIDE => {
                let Some(unit) = bits.take(if code == NARROW { 8 } else { 16 }) else {
                    return Ok(None);
                };
                units.push(unit as u16);
                true
            }
            _ => false,
        };
        if is_new {
            entries.push((start, 1));
        } else {
            let next = last.map(|(start, length)| (start, length + 1));
            let entry = entries.get(code - FIRST).copied();
            let is_next = code - FIRST == entries.len();
            let Some((from, length)) = entry.or(next.filter(|_| is_next)) else { return Ok(None) };
            for place in from..from + length {
                let Some(&unit) = units.get(place) else { return Ok(None) };
                units.push(unit);
            }
        }
        if units.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        if let Some((start, length)) = last {
            entries.push((start, length + 1));
        }
        last = Some((start, units.len() - start));
        // The next code may be that of the entry which it makes itself.
        let codes = FIRST + entries.len() + 1;
        width = (usize::BITS - (codes - 1).leading_zeros()) as usize;
    }
}

/// Bits out of base64, six a character.
struct SextetBits<'a> {
    text: &'a [u8],
    place: usize,
    bit: usize,
}

impl SextetBits<'_> {
    /// The number of which the next bits are, the lowest first.
    fn take(&mut self, width: usize) -> Option<usize> {
        let mut number = 0;
        for place in 0..width {
            let sextet = sextet(*self.text.get(self.place)?)?;
            number |= ((sextet >> (5 - self.bit)) & 1) << place;
            self.bit += 1;
            if self.bit == 6 {
                (self.bit, self.place) = (0, self.place + 1);
            }
        }
        Some(number)
    }
}

fn sextet(character: u8) -> Option<usize> {
    let (first, number) = match character {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'+' | b' ' => (character, 62),
        b'/' => (character, 63),
        b'=' => (character, 64),
        _ => return None,
    };
    Some(usize::from(character - first) + number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As its own library writes them.
    const TEXTS: [(&str, &str); 5] = [
        ("", "Q==="),
        ("a", "IZA="),
        (
            r#"{"event":"a","properties":{"distinct_id":"u"}}"#,
            "N4IgpgbmB2AuIC4QEMQBoQAcBOB7TY2sAlmAM6KgAmxZJ0AxrAPrFWIgCuIAvj0A",
        ),
        ("aaaaaaaaaaaaaaaa", "IY1/EA=="),
        ("\u{e9}\u{1f600}\0\u{6f22}", "JeXg3AB7AAhE9kA="),
    ];

    #[test]
    fn texts_come_back() {
        for (text, packed) in TEXTS {
            assert_eq!(decompressed(packed.as_bytes(), 100).unwrap().unwrap(), text);
        }
    }

    #[test]
    fn no_text_grows_beyond_the_limit() {
        let packed = TEXTS[3].1.as_bytes();
        assert!(decompressed(packed, 16).is_ok());
        assert!(matches!(decompressed(packed, 15), Err(BodyError::TooLarge { limit: 15 })));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, text in "[A-Za-z0-9+/=]{0,60}") {
            let _ = (decompressed(&bytes, 1_000), decompressed(text.as_bytes(), 1_000));
        }
    }
}
