//! Ways to write an event that are no JSON object: the query of a URL, and texts in headers.

use std::borrow::Cow;

use super::fields::name;
use super::json_text::{push_key, push_quoted};
use super::scan::{self, ScanError};

/// How a format writes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// A JSON object.
    Object,
    /// A JSON string that is the query of a URL, a parameter for each member.
    Query,
}

/// Appends the members of an object as a query in a JSON string. Texts are written as they are, other
/// values as JSON.
pub(super) fn push_query(object: &[u8], out: &mut Vec<u8>) -> Result<(), ScanError> {
    out.extend_from_slice(b"\"?");
    let mut is_first = true;
    scan::each_member(object, |key, value| {
        if !std::mem::take(&mut is_first) {
            out.push(b'&');
        }
        push_percent(&key, is_unreserved, out);
        out.push(b'=');
        match value.first() {
            Some(b'"') => push_percent(scan::text(value)?.as_bytes(), is_unreserved, out),
            _ => push_percent(value, is_unreserved, out),
        }
        Ok(())
    })?;
    out.push(b'"');
    Ok(())
}

/// The object of which a query has the members, each a text. A leading question mark is passed over.
pub(super) fn object_of_query(query: &str) -> Vec<u8> {
    let query = query.split_once('?').map_or(query, |(_, behind)| behind);
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

/// A text as the value of a header.
pub(super) fn header_text(text: &str) -> String {
    let mut encoded = Vec::with_capacity(text.len());
    push_percent(text.as_bytes(), is_header_byte, &mut encoded);
    // What is pushed is ASCII.
    String::from_utf8(encoded).unwrap_or_default()
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

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_header_byte(byte: u8) -> bool {
    (b'!'..=b'~').contains(&byte) && byte != b'"' && byte != b'%'
}

fn push_percent(text: &[u8], is_plain: fn(u8) -> bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if is_plain(byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            out.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in "\\PC{0,8}|[ %+&=?\"\u{0}-\u{1f}a]{0,8}") {
            let encoded = header_text(&text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
            prop_assert_eq!(percent_decoded(&encoded), text.as_str());

            let object = serde_json::json!({ "a": text, &text: 1 }).to_string();
            let mut query = Vec::new();
            push_query(object.as_bytes(), &mut query).unwrap();
            let query: String = serde_json::from_slice(&query).unwrap();
            let found: serde_json::Value = serde_json::from_slice(&object_of_query(&query)).unwrap();
            prop_assert_eq!(&found["a"], if text == "a" { "1" } else { &text });
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
