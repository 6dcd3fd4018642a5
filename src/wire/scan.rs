//! Finding a few members of one JSON line without parsing the rest.
//!
//! Reading a timeline mostly means looking at two or three members of each line. [`members`] finds
//! them at more than a gigabyte a second on one core, because all other values are only passed over.

use std::borrow::Cow;

use crate::time::VirtualTime;

use super::scanner::Scanner;
pub use super::scanner::{ScanError, text};

/// The raw JSON text of the members `names` of the object on `line`, in the order of `names`.
///
/// Members may come in any order, with any white space, and with escapes in their keys. Where the
/// line is a JSON object the answer is that of a full parser; what it costs is one pass over the
/// bytes. In return, values that are passed over are checked only as far as it takes to find their
/// end, so some lines that are not JSON are let through.
///
/// # Errors
///
/// [`ScanError::Syntax`] where the line is not an object, also when it is cut off;
/// [`ScanError::Duplicate`] when one of `names` stands twice.
///
/// ```
/// use event_simulator::wire::scan;
///
/// let line = br#"{"user_id": "user_1", "props": {"user_id": 2}, "n": 3}"#;
/// let [user, n, absent] = scan::members(line, ["user_id", "n", "absent"])?;
/// assert_eq!(user, Some(&br#""user_1""#[..]));
/// assert_eq!(n, Some(&b"3"[..]));
/// assert_eq!(absent, None);
/// # Ok::<(), scan::ScanError>(())
/// ```
pub fn members<'a, const N: usize>(
    line: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a [u8]>; N], ScanError> {
    let mut found = [None; N];
    each_member(line, |key, value| {
        for (name, slot) in names.iter().zip(&mut found) {
            if *key == *name.as_bytes() && slot.replace(value).is_some() {
                return Err(ScanError::Duplicate { name: (*name).to_owned() });
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// Hands each member of the object on `line` to `visit`, in the order in which they stand: its key without
/// quotes and escapes, and the raw JSON text of its value.
///
/// # Errors
///
/// [`ScanError::Syntax`] where the line is not an object, and those of `visit`.
#[inline]
pub fn each_member<'a>(
    line: &'a [u8],
    mut visit: impl FnMut(Cow<'a, [u8]>, &'a [u8]) -> Result<(), ScanError>,
) -> Result<(), ScanError> {
    let mut scanner = Scanner::new(line);
    scanner.skip_whitespace();
    scanner.object(&mut visit)?;
    scanner.skip_whitespace();
    match scanner.peek() {
        None => Ok(()),
        Some(_) => Err(scanner.syntax("the end of the line")),
    }
}

/// The value with which `text` begins, as far as passing over it can tell.
pub(super) fn first_value(text: &[u8]) -> Option<&[u8]> {
    Scanner::new(text).value().ok()
}

/// The time that a raw JSON string holds, in RFC 3339 with any offset.
///
/// # Errors
///
/// [`ScanError::NotAString`] and [`ScanError::NotATime`].
pub fn time(raw: &[u8]) -> Result<VirtualTime, ScanError> {
    if let [b'"', inner @ .., b'"'] = raw
        && let Some(time) = VirtualTime::from_text(inner)
    {
        return Ok(time);
    }
    Ok(text(raw)?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    const NAMES: [&str; 3] = ["a", "event_time", "\"/\u{e9}"];

    fn json_value() -> impl Strategy<Value = Value> {
        let text = "[a-z\"\\\\{}\\[\\],:/\u{e9}\u{1f600}\u{7}\n ]{0,6}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text, inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// An object, and its text with some white space and with every character of its keys escaped.
    fn object() -> impl Strategy<Value = (Map<String, Value>, String)> {
        let key = prop_oneof![prop::sample::select(&NAMES).prop_map(str::to_owned), "[a-z]{0,3}"];
        let members = prop::collection::btree_map(key, (json_value(), any::<bool>()), 0..6);
        (members, "[ \t]{0,2}").prop_map(|(members, space)| {
            let mut object = Map::new();
            let mut texts = Vec::new();
            for (key, (value, escape_key)) in members {
                let quoted = if escape_key {
                    let units = key.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
                    format!("\"{}\"", units.collect::<String>())
                } else {
                    serde_json::to_string(&key).unwrap()
                };
                texts.push(format!("{space}{quoted}{space}:{space}{value}{space}"));
                object.insert(key, value);
            }
            (object, format!("{space}{{{space}{}}}{space}", texts.join(",")))
        })
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_full_parser_finds((object, line) in object()) {
            let found = members(line.as_bytes(), NAMES).unwrap();
            for (name, raw) in NAMES.iter().zip(found) {
                let value: Option<Value> = raw.map(|raw| serde_json::from_slice(raw).unwrap());
                prop_assert_eq!(value.as_ref(), object.get(*name));
                if let Some(Value::String(expected)) = &value {
                    prop_assert_eq!(&text(raw.unwrap()).unwrap(), expected);
                }
            }
        }

        #[test]
        fn a_line_that_is_cut_off_is_an_error((_, line) in object(), cut: prop::sample::Index) {
            let line = line.trim().as_bytes();
            prop_assert!(members(&line[..cut.index(line.len())], NAMES).is_err());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, soup in "[\"\\\\{}\\[\\]:,a1 ]{0,24}") {
            for bytes in [&bytes[..], soup.as_bytes(), &[b"{\"a\":".as_slice(), &bytes].concat()] {
                let full: Result<Map<String, Value>, _> = serde_json::from_slice(bytes);
                let found = members(bytes, NAMES);
                let duplicate = matches!(found, Err(ScanError::Duplicate { .. }));
                prop_assert!(full.is_err() || found.is_ok() || duplicate);
                let _ = (text(bytes), time(bytes));
            }
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error_only_if_it_is_wanted() {
        let line = br#"{"a":1,"\u0061":2,"b":{"a":3}}"#;
        let error = members(line, ["a"]).unwrap_err();
        assert_eq!(error, ScanError::Duplicate { name: "a".to_owned() });
        assert_eq!(members(line, ["b"]), Ok([Some(&br#"{"a":3}"#[..])]));
    }

    #[test]
    fn errors_say_what_should_stand_where() {
        for (line, message) in [
            ("[1]", "'{' should stand at column 1"),
            ("{\"a\":1", "',' or '}' should stand at column 7"),
            ("{\"a\":\"\\", "the string's closing quote should stand at column 8"),
            ("{\"a\":nil}", "a value should stand at column 6"),
            ("{\"a\":1} 2", "the end of the line should stand at column 9"),
        ] {
            let error = members(line.as_bytes(), ["a"]).unwrap_err().to_string();
            assert_eq!(error, format!("not a JSON object: {message}"), "{line}");
        }
    }

    #[test]
    fn times_are_read_in_our_form_and_in_others() {
        let expected = VirtualTime::from_millis(1_767_268_800_123);
        for raw in [
            r#""2026-01-01T12:00:00.123Z""#,
            r#""2026-01-01T13:00:00.1239+01:00""#,
            r#""2026-01-01T12:00:00.123\u005a""#,
        ] {
            assert_eq!(time(raw.as_bytes()).ok(), expected, "{raw}");
        }
        assert!(matches!(time(b"1767268800"), Err(ScanError::NotAString { .. })));
        assert!(matches!(time(b"\"yesterday\""), Err(ScanError::NotATime(_))));
    }
}
