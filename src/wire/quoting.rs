//! How texts and JSON are written at a place of a form.

use std::borrow::Cow;

use crate::time::TEXT_LEN;

use super::event_split::PlainText;
use super::json_text::{push_escaped, push_within_string};
use super::percent::PercentPlace;
use super::scan;

/// A way to write what stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As JSON.
    Json,
    /// As JSON within a JSON string.
    JsonText,
    /// As a parameter of a query: texts as they are, other values as JSON.
    Query,
    /// As JSON in a parameter of a query.
    QueryJson,
    /// As the value of a header, within a JSON string.
    Header,
}

impl Quoting {
    /// What stands around a text.
    pub(super) fn quote(self) -> &'static str {
        match self {
            Self::Json | Self::Header => "\"",
            Self::JsonText => "\\\"",
            Self::Query => "",
            Self::QueryJson => "%22",
        }
    }

    /// The way to write what is within an object or a list at this place.
    pub(super) fn within(self) -> Self {
        if self == Self::Query { Self::QueryJson } else { self }
    }

    /// The way to write JSON that is the text at this place. Texts of JSON within such texts are in no form.
    pub(super) fn within_text(self) -> Self {
        if self == Self::Json { Self::JsonText } else { self.within() }
    }

    /// Appends a text without what stands around it.
    #[inline]
    pub(super) fn push_text(self, text: &PlainText<'_>, out: &mut Vec<u8>) {
        match (self, text) {
            (Self::Json | Self::JsonText, Cow::Borrowed(text)) => out.extend_from_slice(text),
            (Self::Json, Cow::Owned(text)) => push_escaped(text, out),
            (Self::Query, _) | (Self::QueryJson, Cow::Borrowed(_)) => {
                PercentPlace::Query.push(text, out);
            }
            (Self::Header, _) => push_header(text, out),
            (Self::JsonText | Self::QueryJson, Cow::Owned(text)) => {
                let mut json = Vec::new();
                push_escaped(text, &mut json);
                self.push_json(&json, out);
            }
        }
    }

    /// Appends a JSON string of a text that needs no escapes.
    #[inline]
    pub(super) fn push_string(self, text: &[u8], out: &mut Vec<u8>) {
        // In a header the text stands without quotes of its own.
        let quote = if self == Self::Header { "" } else { self.quote() };
        out.extend_from_slice(quote.as_bytes());
        self.push_text(&Cow::Borrowed(text), out);
        out.extend_from_slice(quote.as_bytes());
    }

    /// Appends the text of a time, in which only the colons are encoded anywhere.
    #[inline]
    pub(super) fn push_time(self, text: &[u8; TEXT_LEN], out: &mut Vec<u8>) {
        if !matches!(self, Self::Query | Self::QueryJson) {
            return out.extend_from_slice(text);
        }
        let [hour, minute, second] = [&text[..13], &text[14..16], &text[17..]];
        for piece in [hour, b"%3A", minute, b"%3A", second] {
            out.extend_from_slice(piece);
        }
    }

    /// Appends JSON, or a piece of JSON.
    #[inline]
    pub(super) fn push_json(self, json: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Json => out.extend_from_slice(json),
            Self::JsonText => push_within_string(json, out),
            Self::Query if json.first() == Some(&b'"') => {
                let text = scan::text(json).unwrap_or_default();
                PercentPlace::Query.push(text.as_bytes(), out);
            }
            Self::Query | Self::QueryJson => PercentPlace::Query.push(json, out),
            Self::Header => push_header(scan::text(json).unwrap_or_default().as_bytes(), out),
        }
    }
}

fn push_header(text: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    PercentPlace::Header.push(text, out);
    if out[start..].contains(&b'\\') {
        let value = out.split_off(start);
        push_escaped(&value, out);
    }
}
