//! Ways to write an event that are no JSON object: the query of a URL, and texts in headers.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::json_text::{push_key, push_quoted};
use super::percent::percent_decoded;

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
