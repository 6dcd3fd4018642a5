//! Texts in which bytes that do not stand for themselves are percent-encoded.

use std::borrow::Cow;

use super::fields::name;

/// Where a text stands, which says what bytes stand for themselves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PercentPlace {
    /// The query of a URL.
    Query,
    /// The value of a header.
    Header,
}

/// How each byte is written: up to three bytes, and how many they are.
type PercentCodes = [[u8; 4]; 256];

static QUERY: PercentCodes = PercentPlace::Query.codes();
static HEADER: PercentCodes = PercentPlace::Header.codes();

impl PercentPlace {
    /// True for a byte that stands for itself.
    const fn is_plain(self, byte: u8) -> bool {
        match self {
            Self::Query => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
            }
            Self::Header => byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%'),
        }
    }

    const fn codes(self) -> PercentCodes {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut codes = [[b'%', 0, 0, 3]; 256];
        let mut at = 0;
        while at < codes.len() {
            let byte = at as u8;
            if self.is_plain(byte) {
                codes[at] = [byte, 0, 0, 1];
            } else {
                codes[at][1] = DIGITS[at >> 4];
                codes[at][2] = DIGITS[at & 15];
            }
            at += 1;
        }
        codes
    }

    /// Appends a text, in which bytes that do not stand for themselves are percent-encoded.
    pub(super) fn push(self, text: &[u8], out: &mut Vec<u8>) {
        let codes = match self {
            Self::Query => &QUERY,
            Self::Header => &HEADER,
        };
        if is_plain(text, codes) {
            return out.extend_from_slice(text);
        }
        let start = out.len();
        out.resize(start + 3 * text.len() + 1, 0);
        let mut at = start;
        for &byte in text {
            let code = codes[usize::from(byte)];
            // Without a branch: what is too much is written over by the next byte, or cut off.
            out[at..at + 4].copy_from_slice(&code);
            at += usize::from(code[3]);
        }
        out.truncate(at);
    }
}

/// True if all bytes stand for themselves, which most texts' do. They are short, so eight are looked at before a branch.
fn is_plain(text: &[u8], codes: &PercentCodes) -> bool {
    let is_plain = |byte: &u8| codes[usize::from(*byte)][3] == 1;
    let (eights, rest) = text.as_chunks::<8>();
    let are_plain = |eight: &[u8; 8]| eight.iter().fold(true, |all, byte| all & is_plain(byte));
    eights.iter().all(are_plain) && rest.iter().all(is_plain)
}

/// The text that percent-encoding stands for; what is not well encoded stays.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let is_encoded = byte == b'%' && !digits.is_some_and(|digits| digits.starts_with('+'));
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let value = value.filter(|_| is_encoded);
        decoded.push(value.unwrap_or(byte));
        at += if value.is_some() { 3 } else { 1 };
    }
    name(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::object_of_query;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in "\\PC{0,8}|[ %+&=?\"\u{0}-\u{1f}a]{0,8}") {
            let mut encoded = Vec::new();
            PercentPlace::Header.push(text.as_bytes(), &mut encoded);
            let encoded = String::from_utf8(encoded).unwrap();
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
            prop_assert_eq!(percent_decoded(&encoded), text.as_str());

            let mut query = b"?a=".to_vec();
            PercentPlace::Query.push(text.as_bytes(), &mut query);
            let query = String::from_utf8(query).unwrap();
            let found: serde_json::Value = serde_json::from_slice(&object_of_query(&query)).unwrap();
            prop_assert_eq!(&found["a"], &text);
        }
    }

    #[test]
    fn what_is_not_well_encoded_stays() {
        for (text, expected) in
            [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%+1", "%+1"), ("%41%c3%a4", "A\u{e4}")]
        {
            assert_eq!(percent_decoded(text), expected);
        }
    }
}
