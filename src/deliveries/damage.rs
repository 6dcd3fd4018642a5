//! Bodies that are damaged, and values that break readers.

use crate::random::{AspectDraws, uniform};
use crate::wire::quoted;

use super::body::{Body, lossy};

/// The padding of a body that is too large.
pub(super) const PADDING_BYTES: usize = 1 << 20;

/// What is left of a body.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) bytes: Vec<u8>,
    /// It is still a JSON object.
    pub(super) is_object: bool,
}

/// The draws of a form's own, behind those for whether there is a fault and which form it has.
const FIRST: u64 = 2;

/// Damages a body, in the form at a place of `MALFORMED_FORMS`.
pub(super) fn damage(form: usize, body: &Body<'_>, draws: AspectDraws) -> Damage {
    let whole = body.to_bytes();
    let one_of = |names: &[&'static str]| {
        names[uniform(draws.at(FIRST), 0, names.len() as u64 - 1) as usize]
    };
    let changed = |name: &str, value: Option<&[u8]>| {
        let mut body = body.clone();
        body.set(&[name], value.map(<[u8]>::to_vec));
        Damage { bytes: body.to_bytes(), is_object: true }
    };
    let broken = |bytes: Vec<u8>| Damage { bytes, is_object: false };
    let text = |name: &str| {
        let raw = body.get(&[name]).unwrap_or_default();
        String::from_utf8_lossy(raw.strip_suffix(b"\"").unwrap_or(raw)).into_owned()
    };
    match form {
        0 => {
            let last = whole.len().saturating_sub(1).max(1) as u64;
            let mut length = uniform(draws.at(FIRST), 1, last) as usize;
            while !lossy(&whole).is_char_boundary(length) {
                length -= 1;
            }
            broken(whole[..length].to_vec())
        }
        1 => {
            let value = |name| text(name).replace('"', "");
            let (kind, user) = (value("event_type"), value("user_id"));
            broken(format!("event_type={kind}&user_id={user}").into_bytes())
        }
        2 => broken(
            b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
                .to_vec(),
        ),
        3 => match one_of(&["user_id", "event_time", "props", "event_type"]) {
            "props" => changed("props", Some(b"\"[object Object]\"")),
            "event_time" => changed("event_time", Some(b"{}")),
            name => changed(name, Some(b"42")),
        },
        4 => changed(one_of(&["user_id", "event_type", "session_id", "event_time"]), None),
        5 => changed("event_id", Some(b"null")),
        6 => changed("session_id", Some(format!("{}\\u0000\"", text("session_id")).as_bytes())),
        7 => {
            let mut body = body.clone();
            body.set(&["user_id"], Some([text("user_id").as_bytes(), b"\xff\xfe\""].concat()));
            broken(body.to_bytes())
        }
        _ => {
            let padding = format!("\"{}\"", "x".repeat(PADDING_BYTES));
            changed("padding", Some(padding.as_bytes()))
        }
    }
}

/// The value at a place of `VALUE_FORMS`, as JSON.
pub(super) fn breaking_value(form: usize, draws: AspectDraws) -> Vec<u8> {
    let one_of = |values: &[&str]| {
        values[uniform(draws.at(FIRST), 0, values.len() as u64 - 1) as usize].to_owned()
    };
    let json = match form {
        0 => one_of(&["9007199254740993", "-9007199254740993"]),
        1 => one_of(&["9223372036854775807", "-9223372036854775808"]),
        2 => "-0.0".to_owned(),
        3 => one_of(&["1e21", "1E-7", "12345678901234567890.5"]),
        4 => one_of(&["\"007\"", "\"0001234567890123456789\""]),
        5 => one_of(&["\"\"", "\" \""]),
        6 => "null".to_owned(),
        7 => one_of(&["\"null\"", "\"NULL\"", "\"NaN\"", "\"undefined\""]),
        8 => one_of(&[
            "\"\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f1e9}\u{1f1ea}\"",
            r#""\ud83d\ude00 \u00e9 e\u0301""#,
        ]),
        9 => quoted("\u{202e}\u{0645}\u{0631}\u{062d}\u{0628}\u{0627} abc\u{202c}"),
        10 => r#""\"\\\/\b\f\n\r\t\u2028,;'--""#.to_owned(),
        12 => one_of(&[r#""cut \ud83d""#, r#""\ude00 cut""#]),
        13 => r#""a\u0000b""#.to_owned(),
        // The least that there is of a currency: yen have no decimals, dinars three.
        14 => one_of(&[
            r#"{"amount":1,"currency":"JPY"}"#,
            r#"{"amount":0.01,"currency":"USD"}"#,
            r#"{"amount":0.001,"currency":"KWD"}"#,
        ]),
        _ => one_of(&[
            r#"{"amount":"1234","currency":"JPY"}"#,
            r#"{"amount":"1.234","currency":"KWD"}"#,
        ]),
    };
    json.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Aspect, RngStreams};
    use crate::scenario::faults::{MALFORMED_FORMS, VALUE_FORMS};
    use serde_json::Value;

    fn draws(session: u32) -> AspectDraws {
        RngStreams::new(1).for_session(0, session).of(Aspect::Gap)
    }

    #[test]
    fn damaged_bodies_are_what_they_are_called_and_stand_on_one_line() {
        let line = "{\"event_id\":\"e\",\"event_time\":\"t\",\"event_type\":\"é\",\"user_id\":\"u\",\
                    \"session_id\":\"s\",\"props\":{}}";
        let body = Body::of_object(line.as_bytes());
        for (form, name) in MALFORMED_FORMS.iter().enumerate() {
            for session in 0..50 {
                let damage = damage(form, &body, draws(session));
                assert!(!damage.bytes.contains(&b'\n'), "{name}");
                assert_ne!(damage.bytes, line.as_bytes(), "{name}");
                let object: Result<serde_json::Map<String, Value>, _> =
                    serde_json::from_slice(&damage.bytes);
                assert_eq!(object.is_ok(), damage.is_object, "{name}");
                let is_text = *name != "invalid_utf8";
                assert_eq!(std::str::from_utf8(&damage.bytes).is_ok(), is_text, "{name}");
            }
        }
    }

    #[test]
    fn values_are_json() {
        for (form, name) in VALUE_FORMS.iter().enumerate() {
            for session in 0..10 {
                let value = breaking_value(form, draws(session));
                // Half a character is no text to serde, though JSON has it.
                let is_text = *name != "half_emoji";
                assert_eq!(serde_json::from_slice::<Value>(&value).is_ok(), is_text, "{name}");
            }
        }
    }
}
