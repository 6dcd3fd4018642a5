//! The text of a request's events, out of all that some clients put around it.

use event_simulator::wire::base64_decoded;
use event_simulator_timeline::Compression;
use form_urlencoded::parse;

use crate::body::{self, BodyError};
use crate::lz_string;

/// The media type in which some client libraries send JSON as the value of `data`.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The first bytes of gzip.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];
/// The number of wrappings that are taken off at most.
const MOST_WRAPPINGS: usize = 4;
/// The names with which such a form begins.
const FORM_NAMES: [&[u8]; 5] = [b"data=", b"_=", b"ip=", b"compression=", b"ver="];

/// The text of a request's events, and what it says of the answer.
#[derive(Debug)]
pub(crate) struct EventPayload {
    pub(crate) text: Vec<u8>,
    /// True if it was the value of `data`.
    pub(crate) is_data: bool,
    pub(crate) is_verbose: bool,
}

impl EventPayload {
    /// Looks for the text in a request's query and its body, at most `limit` bytes of it. What is compressed and what
    /// is base64 is told by how it looks, because clients do not always say so.
    pub(crate) fn find(
        query: &str,
        content_type: &str,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<Self, BodyError> {
        let of_query = |wanted: &str| value(query.as_bytes(), wanted);
        let mut hint = of_query("compression");
        let mut found = Self { text: body, is_data: false, is_verbose: false };
        found.is_verbose = of_query("verbose").is_some_and(|value| value == "1");
        if let Some(data) = of_query("data").filter(|data| !data.is_empty()) {
            (found.text, found.is_data) = (with_plus(data), true);
        }
        let is_form = content_type.to_ascii_lowercase().starts_with(FORM);
        let mut is_packed = true;
        for _ in 0..MOST_WRAPPINGS {
            let text = found.text.trim_ascii();
            if text.starts_with(GZIP) {
                found.text = body::decompressed(found.text, Compression::Gzip, limit)?;
            } else if matches!(text.first(), None | Some(b'{' | b'[')) {
                break;
            } else if is_form_text(text) || is_form && !found.is_data && !is_base64(text) {
                hint = value(text, "compression").or(hint);
                found.is_verbose |= value(text, "verbose").is_some_and(|value| value == "1");
                let Some(data) = value(text, "data") else { break };
                (found.text, found.is_data) = (with_plus(data), true);
            } else if is_packed && matches!(hint.as_deref(), Some("lz64" | "lz-string")) {
                is_packed = false;
                let Some(text) = lz_string::decompressed(text, limit)? else { break };
                found.text = text.into_bytes();
            } else if is_base64(text) {
                let Some(decoded) = base64_decoded(text) else { break };
                found.text = decoded;
            } else {
                break;
            }
        }
        Ok(found)
    }
}

fn value(pairs: &[u8], wanted: &str) -> Option<String> {
    parse(pairs).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}

/// The plus signs of base64, which a form has for spaces, unless it is JSON with spaces.
fn with_plus(data: String) -> Vec<u8> {
    if data.trim_start().starts_with(['{', '[']) {
        return data.into_bytes();
    }
    data.replace(' ', "+").into_bytes()
}

fn is_form_text(text: &[u8]) -> bool {
    FORM_NAMES.iter().any(|name| text.starts_with(name))
}

fn is_base64(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    text.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const JSON: &str = r#"{"event":"a b+c","properties":{"distinct_id":"u\u00e9>>>???"}}"#;
    const BASE64: &str =
        "eyJldmVudCI6ImEgYitjIiwicHJvcGVydGllcyI6eyJkaXN0aW5jdF9pZCI6InXDqT4+Pj8/PyJ9fQ==";
    const LZ64: &str = "N4IgpgbmB2AuIC4QEMQBoQAcBOB7TY2sAlmAM6KgAmxZJ0AxrAPrFWIgCuIAvj0A";
    const FORM_TYPE: &str = "application/x-www-form-urlencoded; charset=UTF-8";

    fn json() -> String {
        JSON.replace("\\u00e9", "\u{e9}")
    }

    fn find(query: &str, content_type: &str, body: &[u8]) -> (String, bool) {
        let found = EventPayload::find(query, content_type, body.to_vec(), 10_000).unwrap();
        (String::from_utf8(found.text).unwrap(), found.is_data)
    }

    fn gzipped(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn encoded(pairs: &[(&str, &str)]) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    #[test]
    fn bodies_are_found_plain_in_base64_and_in_gzip() {
        let json = json();
        for body in [json.as_bytes(), BASE64.as_bytes(), &gzipped(json.as_bytes())] {
            for hint in ["", "compression=gzip-js&_=1", "compression=base64"] {
                assert_eq!(find(hint, "text/plain", body), (json.clone(), false), "{hint}");
            }
        }
        assert_eq!(find("", "", &gzipped(BASE64.as_bytes())), (json, false));
    }

    #[test]
    fn data_is_found_in_forms_and_in_queries() {
        let json = json();
        for data in [json.as_str(), BASE64] {
            let form = encoded(&[("ver", "1"), ("data", data), ("ip", "0")]);
            assert_eq!(find("", FORM_TYPE, form.as_bytes()), (json.clone(), true));
            assert_eq!(
                find("compression=gzip-js", "text/plain", form.as_bytes()),
                (json.clone(), true)
            );
            assert_eq!(find(&form, "", b""), (json.clone(), true));
        }
        let plus = format!("data={BASE64}");
        assert_eq!(find("", FORM_TYPE, plus.as_bytes()), (json, true));
        let verbose =
            EventPayload::find("", FORM_TYPE, b"data=e30%3D&verbose=1".to_vec(), 99).unwrap();
        assert!(verbose.is_verbose && verbose.is_data);
        assert_eq!(verbose.text, b"{}");
    }

    #[test]
    fn lz_string_is_told_by_its_name() {
        let expected = r#"{"event":"a","properties":{"distinct_id":"u"}}"#.to_owned();
        for hint in ["lz64", "lz-string"] {
            let form = encoded(&[("data", LZ64), ("compression", hint)]);
            assert_eq!(find("", FORM_TYPE, form.as_bytes()), (expected.clone(), true));
            let query = format!("compression={hint}");
            assert_eq!(find(&query, "text/plain", LZ64.as_bytes()), (expected.clone(), false));
        }
    }

    #[test]
    fn what_is_none_of_these_stays() {
        for body in ["", "nothing of that", "data!", "a=b"] {
            assert_eq!(find("", FORM_TYPE, body.as_bytes()).0.replace('\0', ""), body);
        }
        let bomb = gzipped(&vec![b' '; 20_000]);
        assert!(EventPayload::find("", "", bomb, 10_000).is_err());
    }
}
