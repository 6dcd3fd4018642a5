//! What lines that are no events look like.

use std::fmt;

use event_simulator::event::Field;

/// The look of a line that is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LineForm {
    /// Nothing but white space or zeros.
    Blank,
    /// UTF-16 or UTF-32.
    WideCharacters,
    /// Bytes that are no UTF-8.
    NotUtf8,
    /// JSON that breaks off.
    CutOff,
    /// The end of an event, of which the beginning is not there.
    EndOfLine,
    /// Several JSON values.
    Several,
    /// A Python dict as `repr` writes it.
    PythonRepr,
    /// JSON text as a JSON string.
    QuotedJson,
    /// Base64, alone or in a wrapper.
    Base64,
    /// A page of HTML or XML.
    Markup,
    /// A JSON array.
    Array,
    /// A JSON object without an event's fields.
    OtherObject,
    /// A JSON object with a field in a form that is not known.
    OtherValue,
    /// Anything else.
    Other,
}

impl LineForm {
    pub(super) fn of(line: &[u8]) -> Self {
        let trimmed = line.trim_ascii();
        if trimmed.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
            return Self::Blank;
        }
        if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) || has_zeros(line) {
            return Self::WideCharacters;
        }
        let Ok(text) = std::str::from_utf8(trimmed) else { return Self::NotUtf8 };
        let text = text.trim_start_matches('\u{feff}');
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) => Self::of_json(&value),
            Err(error) if error.is_eof() => Self::CutOff,
            Err(_) => Self::of_text(text),
        }
    }

    fn of_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Array(_) => Self::Array,
            serde_json::Value::String(text) if text.trim_start().starts_with('{') => {
                Self::QuotedJson
            }
            serde_json::Value::String(text) if is_base64(text) => Self::Base64,
            serde_json::Value::Object(members) => {
                let has_field = Field::NAMES.iter().any(|name| members.contains_key(*name));
                let has_base64 =
                    members.values().any(|value| value.as_str().is_some_and(is_base64));
                match (has_field, has_base64) {
                    (true, _) => Self::OtherValue,
                    (false, true) => Self::Base64,
                    (false, false) => Self::OtherObject,
                }
            }
            _ => Self::Other,
        }
    }

    fn of_text(text: &str) -> Self {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        let first_is_whole = matches!(values.next(), Some(Ok(serde_json::Value::Object(_))));
        if first_is_whole {
            return Self::Several;
        }
        if text.starts_with("{'") {
            return Self::PythonRepr;
        }
        if text.starts_with('<') {
            return Self::Markup;
        }
        if text.ends_with('}') && !text.starts_with('{') {
            return Self::EndOfLine;
        }
        if is_base64(text) { Self::Base64 } else { Self::Other }
    }
}

fn has_zeros(line: &[u8]) -> bool {
    let zeros = memchr::memchr_iter(0, line).count();
    zeros * 3 >= line.len()
}

/// True for Base64 of some length that says, decoded, a JSON object.
fn is_base64(text: &str) -> bool {
    const LEAST: usize = 24;
    let text = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    // `{"` and `{'` begin like this.
    text.len() >= LEAST && text.bytes().all(is_digit) && text.starts_with("ey")
}

impl fmt::Display for LineForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "lines of white space or zeros: a file that was grown and not written",
            Self::WideCharacters => "UTF-16: write UTF-8",
            Self::NotUtf8 => "bytes that are no UTF-8",
            Self::CutOff => "lines cut off, as when a writer is stopped or a length is limited",
            Self::EndOfLine => "ends of lines, as when a file is read from its middle",
            Self::Several => "several records on a line: a line end was not written",
            Self::PythonRepr => "Python dicts (repr) instead of JSON: use json.dumps",
            Self::QuotedJson => "JSON text within a JSON string: it was encoded twice",
            Self::Base64 => "Base64: decode the value first",
            Self::Markup => "HTML or XML, as of an error page",
            Self::Array => "JSON arrays: write one event a line",
            Self::OtherObject => "JSON objects without any field of an event",
            Self::OtherValue => "events with a field in a form that is not known, or twice",
            Self::Other => "text that is no JSON",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_recognised() {
        for (line, form) in [
            (&b"  "[..], LineForm::Blank),
            (b"\xff\xfe{\0", LineForm::WideCharacters),
            (b"{\"a\":\"\xe9\"}", LineForm::NotUtf8),
            (br#"{"event_id":"1","ev"#, LineForm::CutOff),
            (br#"vent_id":"1"}"#, LineForm::EndOfLine),
            (br#"{"a":1}{"a":2}"#, LineForm::Several),
            (b"{'a': None}", LineForm::PythonRepr),
            (br#""{\"a\":1}""#, LineForm::QuotedJson),
            (br#"{"v":"eyJldmVudF9pZCI6IjEiLCJldmVu"}"#, LineForm::Base64),
            (b"<html></html>", LineForm::Markup),
            (br#"[{"a":1}]"#, LineForm::Array),
            (br#"{"a":1}"#, LineForm::OtherObject),
            (br#"{"event_id":1}"#, LineForm::OtherValue),
            (b"lorem", LineForm::Other),
        ] {
            assert_eq!(LineForm::of(line), form, "{}", String::from_utf8_lossy(line));
        }
    }
}
