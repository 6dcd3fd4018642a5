//! The body of a request: reading it, and taking off its compression.

use std::io::{self, Read};
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
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
    let mut body = Limited::new(body, limit);
    let mut bytes = Vec::new();
    loop {
        match timeout(patience, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data))
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

/// The body without its `Content-Encoding`, at most `limit` bytes, however small it came.
pub(crate) fn decoded(body: Vec<u8>, encoding: &str, limit: usize) -> Result<Vec<u8>, BodyError> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => {
            decompressed(flate2::read::MultiGzDecoder::new(&body[..]), "gzip", limit)
        }
        "zstd" => {
            let decoder = zstd::stream::read::Decoder::with_buffer(&body[..]);
            let source =
                decoder.map_err(|source| BodyError::Corrupt { encoding: "zstd", source })?;
            decompressed(source, "zstd", limit)
        }
        _ => Err(BodyError::UnknownEncoding(encoding.chars().take(MAX_ECHO_CHARS).collect())),
    }
}

fn decompressed(
    source: impl Read,
    encoding: &'static str,
    limit: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut plain = Vec::new();
    let corrupt = |source| BodyError::Corrupt { encoding, source };
    source.take(limit as u64 + 1).read_to_end(&mut plain).map_err(corrupt)?;
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
            assert_eq!(decoded(body.clone(), encoding, 100_000).unwrap(), plain);
            let too_large = decoded(body, encoding, 99_999);
            assert!(matches!(too_large, Err(BodyError::TooLarge { limit: 99_999 })));
            let garbage = b"garbage".to_vec();
            assert!(matches!(decoded(garbage, encoding, 9), Err(BodyError::Corrupt { .. })));
        }
        assert!(matches!(decoded(Vec::new(), "br", 9), Err(BodyError::UnknownEncoding(_))));
    }
}
