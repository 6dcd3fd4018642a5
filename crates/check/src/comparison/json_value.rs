//! Values of JSON as numbers: equal for texts that mean the same.
//!
//! The order of an object's keys, white space and escapes mean nothing, a null member is the same as none,
//! and numbers are decimals of any size: `1e400` is `10e399`, `-0` is `0`. Only where one writer has an
//! integer and the other one with a fraction (`2` and `2.0`) do equal numbers differ: that is another type
//! to most who read it.

use event_simulator::wire::scan;

use super::hashing::{NOTHING, hash, mix};
use super::json_number::JsonNumber;

/// The hash of a raw JSON value. Nesting of any depth is walked without recursion; what is no JSON is
/// taken as it stands.
pub(super) fn hash_of_value(raw: &[u8]) -> u64 {
    match raw {
        [b'{' | b'[', ..] => hash_of_nested(raw).unwrap_or_else(|| hash(raw)),
        scalar => hash_of_scalar(scalar),
    }
}

fn hash_of_scalar(raw: &[u8]) -> u64 {
    const TEXT: u64 = 1;
    const NUMBER: u64 = 2;
    match raw {
        b"null" => NOTHING,
        [b'"', ..] => {
            scan::text(raw).map_or_else(|_| hash(raw), |t| mix([TEXT, hash(t.as_bytes())]))
        }
        [b'-' | b'0'..=b'9', ..] => {
            JsonNumber::of(raw).map_or_else(|| hash(raw), |number| mix([NUMBER, number.hash()]))
        }
        _ => hash(raw),
    }
}

/// An object or array that is not at its end.
struct OpenValue {
    is_object: bool,
    /// The hash of the key whose value is next.
    key: Option<u64>,
    hash: u64,
}

impl OpenValue {
    fn add(&mut self, value: u64) {
        match self.key.take() {
            // Without order, so that the sum is the same for keys in any order.
            Some(key) if value != NOTHING => self.hash = self.hash.wrapping_add(mix([key, value])),
            Some(_) => {}
            None => self.hash = mix([self.hash, value]),
        }
    }
}

fn hash_of_nested(raw: &[u8]) -> Option<u64> {
    let mut levels: Vec<OpenValue> = Vec::new();
    let mut at = 0;
    loop {
        let start = at;
        at += 1;
        let value = match raw.get(start)? {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => continue,
            open @ (b'{' | b'[') => {
                levels.push(OpenValue { is_object: *open == b'{', key: None, hash: 0 });
                continue;
            }
            b'}' | b']' => {
                let level = levels.pop()?;
                mix([u64::from(level.is_object), level.hash])
            }
            b'"' => {
                at = end_of_string(raw, start)?;
                let text = &raw[start..at];
                let level = levels.last_mut()?;
                if level.is_object && level.key.is_none() {
                    level.key = Some(hash_of_scalar(text));
                    continue;
                }
                hash_of_scalar(text)
            }
            _ => {
                let is_end = |byte: &u8| b",:]} \t\r\n".contains(byte);
                at = start + raw[start..].iter().position(is_end)?;
                hash_of_scalar(&raw[start..at])
            }
        };
        match levels.last_mut() {
            Some(level) => level.add(value),
            None => return Some(value),
        }
    }
}

/// The same JSON with whole numbers written without a fraction: `2` for `2.0`.
pub(super) fn with_whole_numbers(raw: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let end = match byte {
            b'"' => end_of_string(raw, at).unwrap_or(raw.len()),
            b'.' => {
                let digits = raw[at + 1..].iter().take_while(|byte| byte.is_ascii_digit());
                let (digits, zeros) = digits.fold((0, 0), |(digits, zeros), digit| {
                    (digits + 1, if *digit == b'0' { zeros + 1 } else { 0 })
                });
                let end = at + 1 + digits;
                if digits > 0 && digits == zeros {
                    at = end;
                    continue;
                }
                end
            }
            _ => at + 1,
        };
        whole.extend_from_slice(&raw[at..end]);
        at = end;
    }
    whole
}

/// The position after the closing quote of the string that begins at `start`.
fn end_of_string(raw: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        let offset = memchr::memchr2(b'"', b'\\', raw.get(at..)?)?;
        if raw[at + offset] == b'"' {
            return Some(at + offset + 1);
        }
        at += offset + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn whole_numbers_lose_their_fraction_and_texts_nothing() {
        let whole = |raw: &str| String::from_utf8(with_whole_numbers(raw.as_bytes())).unwrap();
        let raw = r#"{"a.0":[2.0,-1.50,0.00,1.0e5],"b":"3.0 \"4.0\"","c":20.00}"#;
        let expected = r#"{"a.0":[2,-1.50,0,1e5],"b":"3.0 \"4.0\"","c":20}"#;
        assert_eq!(whole(raw), expected);
        assert_eq!(whole("\"1.0"), "\"1.0");
    }

    fn same(a: &str, b: &str) -> bool {
        hash_of_value(a.as_bytes()) == hash_of_value(b.as_bytes())
    }

    #[test]
    fn what_means_the_same_has_the_same_hash() {
        for (a, b) in [
            (r#"{"a":1,"b":[2,"x"]}"#, r#"{ "b" : [ 2 , "\u0078" ], "\u0061":1 }"#),
            (r#"{"a":{"x":1,"y":null}}"#, r#"{"a":{"x":1}}"#),
            ("1e400", "10E+399"),
            ("-0", "0"),
            ("-0.0", "0.00"),
            ("1.50", "1.5"),
            ("100", "1e2"),
            ("1000000000000000000000", "1e21"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn what_means_something_else_has_another_hash() {
        for (a, b) in [
            ("123456789012345678901", "123456789012345678902"),
            ("0.1234567890123456789", "0.12345678901234568"),
            ("2", "2.0"),
            ("1", "\"1\""),
            ("1", "-1"),
            ("[]", "{}"),
            ("[1,2]", "[2,1]"),
            ("[null]", "[]"),
            ("[[1],2]", "[[1,2]]"),
            (r#"{"a":"b"}"#, r#"{"b":"a"}"#),
            ("true", "\"true\""),
            ("\"null\"", "null"),
            ("1e400", "1e401"),
            ("1e99999999999999999999", "1e99999999999999999998"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn nesting_has_no_limit() {
        let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(same(&deep("1"), &deep(" 1")));
        assert!(!same(&deep("1"), &deep("2")));
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_hash(soup in "[\"\\\\{}\\[\\]:,a1 .e-]{0,24}") {
            hash_of_value(soup.as_bytes());
        }

        #[test]
        fn whole_numbers_are_equal_as_a_parser_says(a in -300_i64..300, b in -300_i64..300) {
            prop_assert_eq!(same(&Value::from(a).to_string(), &Value::from(b).to_string()), a == b);
        }
    }
}
