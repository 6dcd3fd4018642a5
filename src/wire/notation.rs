//! Ways to write an event that are no JSON object: the query of a URL, and texts in headers.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::fields::name;
use super::json_text::{push_key, push_quoted};

/// How a format writes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// A JSON object.
    Object,
    /// A JSON string that is the query of a URL, a parameter for each member.
    Query,
}

/// The object of which a query has the members, each a text. What stands before a question mark is passed over.
pub fn object_of_query(query: &str) -> Vec<u8> {
    let query = match query.split_once('?') {
        Some((before, behind)) if !before.contains(['=', '&']) => behind,
        _ => query,
    };
    let mut object = vec![b'{'];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if object.len() > 1 {
            object.push(b',');
        }
        push_key(&of_query(key), &mut object);
        push_quoted(&of_query(value), &mut object);
    }
    object.push(b'}');
    object
}

fn of_query(text: &str) -> String {
    let text = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { text.into() };
    percent_decoded(&text).into_owned()
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

/// The bytes that base64 stands for, in either alphabet, with padding or without.
pub fn base64_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let plain = text.trim_ascii().iter().map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        byte => *byte,
    });
    let mut plain: Vec<u8> = plain.collect();
    let length = plain.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    plain.truncate(length);
    STANDARD_NO_PAD.decode(plain).ok()
}

/// True for a byte that stands for itself in a query.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// True for a byte that stands for itself in a header.
pub(super) fn is_header_byte(byte: u8) -> bool {
    (b'!'..=b'~').contains(&byte) && byte != b'"' && byte != b'%'
}

/// Appends a text, in which bytes that are not plain are percent-encoded.
#[inline]
pub(super) fn push_percent(text: &[u8], is_plain: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    // Without a way out of the loop the compiler looks at many bytes at once.
    if text.iter().fold(true, |all, &byte| all & is_plain(byte)) {
        return out.extend_from_slice(text);
    }
    let start = out.len();
    out.resize(start + 3 * text.len(), 0);
    let mut at = start;
    for &byte in text {
        if is_plain(byte) {
            out[at] = byte;
            at += 1;
        } else {
            let [high, low] = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
            out[at..at + 3].copy_from_slice(&[b'%', high, low]);
            at += 3;
        }
    }
    out.truncate(at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in "\\PC{0,8}|[ %+&=?\"\u{0}-\u{1f}a]{0,8}") {
            let mut encoded = Vec::new();
            push_percent(text.as_bytes(), is_header_byte, &mut encoded);
            let encoded = String::from_utf8(encoded).unwrap();
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
            prop_assert_eq!(percent_decoded(&encoded), text.as_str());

            let mut query = b"?a=".to_vec();
            push_percent(text.as_bytes(), is_unreserved, &mut query);
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
