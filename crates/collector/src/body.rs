//! From a request's body to the events in it: decompression, and one event, an array or lines.

use std::io::{self, Read};

use bytes::Bytes;
use serde_json::value::RawValue;

use super::contract::{Place, Problem, invalid_json};

/// Why a body has no events that could be looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("Content-Encoding {0:?} is not supported: send gzip, zstd or identity")]
    UnknownEncoding(String),
    #[error("the body is not valid {encoding}: {source}")]
    Corrupt { encoding: &'static str, source: io::Error },
}

/// The body without its `Content-Encoding`, at most `limit` bytes, however small it came.
pub(super) fn decoded(body: Bytes, encoding: &str, limit: usize) -> Result<Bytes, BodyError> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => inflated(flate2::read::MultiGzDecoder::new(&body[..]), "gzip", limit),
        "zstd" => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&body[..]);
            let source =
                decoder.map_err(|source| BodyError::Corrupt { encoding: "zstd", source })?;
            inflated(source, "zstd", limit)
        }
        _ => Err(BodyError::UnknownEncoding(encoding.to_owned())),
    }
}

fn inflated(source: impl Read, encoding: &'static str, limit: usize) -> Result<Bytes, BodyError> {
    let mut plain = Vec::new();
    let corrupt = |source| BodyError::Corrupt { encoding, source };
    source.take(limit as u64 + 1).read_to_end(&mut plain).map_err(corrupt)?;
    if plain.len() > limit { Err(BodyError::TooLarge(limit)) } else { Ok(plain.into()) }
}

/// The events of a body, not yet checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Events<'a> {
    One(&'a str),
    Batch(Vec<&'a str>),
}

/// Finds the events: lines if `content_type` says so, else by looking.
pub(super) fn split<'a>(text: &'a str, content_type: &str) -> Result<Events<'a>, Problem<'a>> {
    if is_ndjson(content_type) {
        return Ok(Events::Batch(lines(text)));
    }
    let trimmed = text.trim_ascii_start();
    if trimmed.starts_with('[') {
        let elements = serde_json::from_str::<Vec<&RawValue>>(text)
            .map_err(|error| invalid_json(text, &error, &[Place::Name("body")]))?;
        return Ok(Events::Batch(elements.into_iter().map(RawValue::get).collect()));
    }
    if looks_like_lines(trimmed) { Ok(Events::Batch(lines(text))) } else { Ok(Events::One(text)) }
}

fn is_ndjson(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let names = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    names.iter().any(|name| essence.eq_ignore_ascii_case(name))
}

/// Whether the first line is an object by itself, and another line follows.
fn looks_like_lines(text: &str) -> bool {
    match text.split_once('\n') {
        Some((first, rest)) => {
            first.starts_with('{')
                && !rest.trim_ascii().is_empty()
                && serde_json::from_str::<&RawValue>(first).is_ok()
        }
        None => false,
    }
}

fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let line = text.get(start..end).unwrap_or_default().trim_ascii();
        if !line.is_empty() {
            lines.push(line);
        }
        start = end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const NDJSON: &str = "application/x-ndjson";

    #[test]
    fn events_are_found_by_type_or_by_looking() {
        let pretty = "{\n  \"a\": 1\n}\n";
        assert_eq!(split(pretty, "application/json").unwrap(), Events::One(pretty));
        assert_eq!(split("{}\n\n{}\r\n", "").unwrap(), Events::Batch(vec!["{}", "{}"]));
        assert_eq!(split("{}\n", "").unwrap(), Events::One("{}\n"));
        assert_eq!(split("{}", NDJSON).unwrap(), Events::Batch(vec!["{}"]));
        assert_eq!(
            split(" [1, {\"a\" : 2}]", "").unwrap(),
            Events::Batch(vec!["1", "{\"a\" : 2}"])
        );
        assert_eq!(split("[]", "").unwrap(), Events::Batch(vec![]));
        assert_eq!(split("", NDJSON).unwrap(), Events::Batch(vec![]));
        assert!(split("[1,", "").is_err());
    }

    #[test]
    fn compressed_bodies_are_opened_and_bombs_are_not() {
        let plain = vec![b'a'; 100_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&plain).unwrap();
        let bodies =
            [("gzip", gzip.finish().unwrap()), ("zstd", zstd::encode_all(&plain[..], 3).unwrap())];
        for (encoding, body) in bodies {
            let body = Bytes::from(body);
            assert_eq!(decoded(body.clone(), encoding, 100_000).unwrap(), plain);
            assert!(matches!(decoded(body, encoding, 99_999), Err(BodyError::TooLarge(99_999))));
            let garbage = Bytes::from_static(b"garbage");
            assert!(matches!(decoded(garbage, encoding, 9), Err(BodyError::Corrupt { .. })));
        }
        assert!(matches!(decoded(Bytes::new(), "br", 9), Err(BodyError::UnknownEncoding(_))));
    }
}
