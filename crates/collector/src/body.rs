//! The body of a request: reading it, and taking off its compression.

use std::io::{self, Read};
use std::time::Duration;

use event_simulator_timeline::Compression;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

/// The longest part of a header that an answer echoes.
const MAX_ECHO_CHARS: usize = 100;

/// Why a body cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("There was an error reading the body")]
    Incomplete,
    #[error("Request Timeout")]
    TimedOut,
    #[error("Content-Encoding {0:?} is not supported: send gzip, zstd or identity")]
    UnknownEncoding(String),
    #[error("the body is not valid {encoding}: {source}")]
    Corrupt { encoding: &'static str, source: io::Error },
}

/// Reads a body to its end, at most `limit` bytes of it, and waits no longer than `patience` for its
/// next piece.
pub(crate) async fn read(
    body: Incoming,
    limit: usize,
    patience: Duration,
) -> Result<Vec<u8>, BodyError> {
    // What says itself that it is too large need not come.
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLarge { limit });
    }
    let mut body = Limited::new(body, limit);
    let mut bytes = Vec::new();
    loop {
        match timeout(patience, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    bytes.extend_from_slice(data);
                }
            }
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                return Err(BodyError::TooLarge { limit });
            }
            Ok(Some(Err(_))) => return Err(BodyError::Incomplete),
            Err(_) => return Err(BodyError::TimedOut),
        }
    }
}

/// The compression that a `Content-Encoding` names.
pub(crate) fn compression(encoding: &str) -> Result<Compression, BodyError> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Compression::None),
        "gzip" | "x-gzip" => Ok(Compression::Gzip),
        "zstd" => Ok(Compression::Zstd),
        _ => Err(BodyError::UnknownEncoding(encoding.chars().take(MAX_ECHO_CHARS).collect())),
    }
}

/// The body without its compression, at most `limit` bytes, however small it came.
pub(crate) fn decompressed(
    body: Vec<u8>,
    compression: Compression,
    limit: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut plain = Vec::new();
    let mut read = |source: &mut dyn Read| source.take(limit as u64 + 1).read_to_end(&mut plain);
    let (encoding, outcome) = match compression {
        Compression::None => return Ok(body),
        Compression::Gzip => ("gzip", read(&mut flate2::read::MultiGzDecoder::new(&body[..]))),
        Compression::Zstd => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&body[..]);
            ("zstd", decoder.and_then(|mut decoder| read(&mut decoder)))
        }
    };
    outcome.map_err(|source| BodyError::Corrupt { encoding, source })?;
    if plain.len() > limit { Err(BodyError::TooLarge { limit }) } else { Ok(plain) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn compressed_bodies_are_opened_and_bombs_are_not() {
        let plain = vec![b'a'; 100_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&plain).unwrap();
        let bodies =
            [("gzip", gzip.finish().unwrap()), ("zstd", zstd::encode_all(&plain[..], 3).unwrap())];
        for (encoding, body) in bodies {
            let compression = compression(encoding).unwrap();
            assert_eq!(decompressed(body.clone(), compression, 100_000).unwrap(), plain);
            let too_large = decompressed(body, compression, 99_999);
            assert!(matches!(too_large, Err(BodyError::TooLarge { limit: 99_999 })));
            let garbage = decompressed(b"garbage".to_vec(), compression, 9);
            assert!(matches!(garbage, Err(BodyError::Corrupt { .. })));
        }
    }

    #[test]
    fn encodings_are_told_by_their_names() {
        for (name, expected) in [
            ("", Compression::None),
            ("Identity", Compression::None),
            (" x-gzip ", Compression::Gzip),
            ("ZSTD", Compression::Zstd),
        ] {
            assert_eq!(compression(name).unwrap(), expected, "{name}");
        }
        assert!(matches!(compression("br"), Err(BodyError::UnknownEncoding(_))));
    }
}
