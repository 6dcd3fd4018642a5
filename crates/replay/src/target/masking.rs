//! Finding secrets in a text, in every spelling in which a peer may say them back.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::config::MASK;

/// Secrets below this many bytes are only found as words of their own, and only as they are: anything
/// else would mangle what is no secret.
const LONG_BYTES: usize = 8;
/// Secrets below this many bytes are not found at all.
const SHORTEST_BYTES: usize = 4;

/// Escapes within escapes are undone so many times at most.
const MAX_NESTING: usize = 5;

/// A secret in one spelling, as [`Plain`] spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needle {
    bytes: Vec<u8>,
    is_word: bool,
}

/// All spellings of all secrets.
#[derive(Clone, Default)]
pub(super) struct Needles(Vec<Needle>);

impl Needles {
    /// Adds a secret.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST_BYTES {
            return;
        }
        let is_word = secret.len() < LONG_BYTES;
        let mut spellings = vec![secret.as_bytes().to_vec()];
        if secret.contains(' ') {
            spellings.push(secret.replace(' ', "+").into_bytes());
        }
        if !is_word {
            let decoded = Plain::decoded(secret);
            for bytes in [secret.as_bytes(), &decoded.bytes] {
                spellings.extend(encoded(bytes));
            }
        }
        for spelling in spellings {
            let bytes = Plain::of(&String::from_utf8_lossy(&spelling)).bytes;
            let needle = Needle { bytes, is_word };
            if !needle.bytes.is_empty() && !self.0.contains(&needle) {
                self.0.push(needle);
            }
        }
    }

    /// The text with a mask in place of every secret.
    pub(super) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        let plain = Plain::of(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        for needle in &self.0 {
            for at in memchr::memmem::find_iter(&plain.bytes, &needle.bytes) {
                let range = plain.place(at..at + needle.bytes.len(), text);
                if !needle.is_word || is_word(text, &range) {
                    found.push(range);
                }
            }
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| range.start);
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for range in found {
            if range.start >= end {
                // What overlaps or touches is one secret.
                if range.start > end || masked.is_empty() {
                    masked.push_str(&text[end..range.start]);
                    masked.push_str(MASK);
                }
            }
            end = end.max(range.end);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }
}

/// The parts of base64 and of hexadecimal that a secret is, wherever it lies in what is encoded.
fn encoded(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings: Vec<Vec<u8>> = (0..3)
        .map(|before| {
            let bytes = [&vec![0; before][..], secret].concat();
            let text = STANDARD_NO_PAD.encode(&bytes);
            // Characters that also depend on what stands before and behind.
            let start = [0, 2, 3][before];
            let end = bytes.len() * 8 / 6;
            text.as_bytes()[start..end].to_vec()
        })
        .collect();
    spellings.push(secret.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    spellings
}

/// True if no letter or digit stands beside a part of the text, and no white space in it.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
    !is_part(before)
        && !is_part(bytes.get(range.end))
        && !bytes[range.clone()].iter().any(u8::is_ascii_whitespace)
}

/// A text without its escapes, white space and difference of case, which knows where each byte of it
/// comes from.
struct Plain {
    bytes: Vec<u8>,
    /// For each byte, the bytes of the text that it stands for.
    places: Vec<(u32, u32)>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let decoded = Self::decoded(text);
        let mut plain = Self { bytes: Vec::new(), places: Vec::new() };
        for (byte, place) in decoded.bytes.into_iter().zip(decoded.places) {
            match byte.to_ascii_lowercase() {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => continue,
                // Base64 for URLs has these two instead.
                b'-' => plain.bytes.push(b'+'),
                b'_' => plain.bytes.push(b'/'),
                byte => plain.bytes.push(byte),
            }
            plain.places.push(place);
        }
        plain
    }

    /// The text without its escapes.
    fn decoded(text: &str) -> Self {
        let places = (0..text.len() as u32).map(|at| (at, at + 1)).collect();
        let mut plain = Self { bytes: text.as_bytes().to_vec(), places };
        for _ in 0..MAX_NESTING {
            if !plain.decode_once() {
                break;
            }
        }
        plain
    }

    /// Undoes escapes once, and tells whether there were any.
    fn decode_once(&mut self) -> bool {
        let has_any = memchr::memchr3(b'%', b'\\', b'&', &self.bytes).is_some();
        if !has_any {
            return false;
        }
        let mut decoded = Self { bytes: Vec::new(), places: Vec::new() };
        let (mut at, mut is_changed) = (0, false);
        while at < self.bytes.len() {
            let escape = escape(&self.bytes[at..]);
            let (length, character) = match &escape {
                Some((length, decoded)) => (*length, decoded.as_slice()),
                None => (1, &self.bytes[at..=at]),
            };
            is_changed |= escape.is_some();
            let place = (self.places[at].0, self.places[at + length - 1].1);
            decoded.bytes.extend_from_slice(character);
            decoded.places.extend(character.iter().map(|_| place));
            at += length;
        }
        *self = decoded;
        is_changed
    }

    /// The part of the text that these bytes stand for, in whole characters.
    fn place(&self, range: Range<usize>, text: &str) -> Range<usize> {
        let mut start = self.places[range.start].0 as usize;
        let mut end = self.places[range.end - 1].1 as usize;
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }
}

/// The length of the escape at the front of a text, and what it stands for: as in URLs, in JSON and
/// other programs' strings, and in HTML.
fn escape(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let hex = |range: Range<usize>| {
        let digits = text.get(range).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let character = |code: u32| Some(char::from_u32(code)?.to_string().into_bytes());
    match text {
        [b'%', ..] => Some((3, vec![hex(1..3)? as u8])),
        [b'\\', b'u', ..] => Some((6, character(hex(2..6)?)?)),
        [b'\\', b'x', ..] => Some((4, vec![hex(2..4)? as u8])),
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => Some((2, vec![b' '])),
        [b'\\', quoted @ (b'"' | b'\\' | b'/' | b'\''), ..] => Some((2, vec![*quoted])),
        [b'&', b'#', ..] => {
            let end = text.iter().take(10).position(|&byte| byte == b';')?;
            let digits = std::str::from_utf8(&text[2..end]).ok()?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            Some((end + 1, character(code.ok()?)?))
        }
        [b'&', ..] => {
            const ENTITIES: [(&[u8], u8); 5] = [
                (b"&amp;", b'&'),
                (b"&lt;", b'<'),
                (b"&gt;", b'>'),
                (b"&quot;", b'"'),
                (b"&apos;", b'\''),
            ];
            let found = ENTITIES.iter().find(|(entity, _)| text.starts_with(entity));
            found.map(|(entity, character)| (entity.len(), vec![*character]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask(secrets: &[&str], text: &str) -> String {
        let mut needles = Needles::default();
        for secret in secrets {
            needles.add(secret);
        }
        needles.mask(text).into_owned()
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secret = "p@ss/w\"rd&Zq8+9";
        let base64 = base64::engine::general_purpose::STANDARD.encode(format!("Basic u:{secret}!"));
        let (first, last) = base64.split_at(base64.len() / 2);
        for spelled in [
            secret.to_owned(),
            secret.to_uppercase(),
            "p%40ss%2Fw%22rd%26Zq8%2B9".to_owned(),
            "p%2540ss%252fw%2522rd%2526Zq8%252B9".to_owned(),
            "p@ss\\/w\\\"rd&Zq8+9".to_owned(),
            r"p\u0040ss/w\u0022rd\u0026Zq8+9".to_owned(),
            r#"p@ss/w\\\"rd&Zq8+9"#.to_owned(),
            "p&#64;ss/w&quot;rd&amp;Zq8+9".to_owned(),
            "p@ss/w\"\r\n rd&Zq8+9".to_owned(),
            "p@ss/w\\\"\\nrd&Zq8+9".to_owned(),
            base64.clone(),
            base64.replace('+', "-").replace('/', "_").replace('=', ""),
            base64.replace('=', "%3D"),
            format!("{first}\n{last}"),
            String::from_utf8(encoded(secret.as_bytes()).pop().unwrap()).unwrap().to_uppercase(),
        ] {
            let masked = mask(&[secret], &format!("before <{spelled}> after"));
            assert!(masked.starts_with("before <") && masked.ends_with("> after"), "{masked}");
            assert!(masked.contains(MASK) && masked.len() < 40, "{spelled}: {masked}");
        }
        assert_eq!(mask(&["a secret of words"], "?q=a+secret+of+words&x"), "?q=***&x");
        assert_eq!(
            mask(&["caf\u{e9}-tok\u{e9}n"], r"caf\u00e9-tok\u00e9n caf%C3%A9-tok%C3%A9n"),
            "*** ***"
        );
    }

    #[test]
    fn a_short_secret_does_not_mangle_the_text() {
        let text = "a status of a test: attested 4711 at 14:47, 47110";
        assert_eq!(mask(&["a", "at", "sta"], text), text);
        assert_eq!(
            mask(&["test", "4711"], text),
            "a status of a ***: attested *** at 14:47, 47110"
        );
    }

    #[test]
    fn a_secret_within_another_does_not_unmask_it() {
        let secrets = ["abcdefgh", "abcdefghijkl", ""];
        assert_eq!(mask(&secrets, "abcdefghijkl abcdefgh nothing"), "*** *** nothing");
        assert_eq!(mask(&["abcdefgh"], "abcdefghabcdefgh"), "***");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[%\\\\&#;xu0-9a-fA-F\\PC]{0,80}", secret in "\\PC{0,12}") {
            let masked = mask(&[&secret], &text);
            prop_assert!(text.contains(secret.as_str()) || secret.len() < 4 || masked.len() <= text.len() + 3 * text.len());
            if secret.len() >= LONG_BYTES && !secret.trim().is_empty() && mask(&[&secret], &secret) == MASK {
                let masked = mask(&[&secret], &format!("({secret})"));
                prop_assert!(!masked.contains(secret.as_str()), "{}", masked);
            }
        }
    }
}
