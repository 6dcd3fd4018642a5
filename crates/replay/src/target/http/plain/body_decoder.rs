//! The body of a response, taken out of its framing ([RFC 9112], sections 6 and 7).
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

use std::io;

use bytes::{Buf, BytesMut};
use httparse::{EMPTY_HEADER, Status};

/// Most headers of a response.
pub(super) const MOST_HEADERS: usize = 100;
/// Most bytes of a head, of a chunk's size or of trailers.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// What is expected next of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyDecoder {
    /// So many bytes, and then its end.
    Length(u64),
    /// The size of a chunk.
    ChunkSize,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The end of a chunk's line.
    ChunkEnd,
    /// The headers behind the last chunk.
    Trailers,
    /// Bytes to the end of the connection.
    UntilClosed,
}

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyProgress {
    /// More has to come.
    Partial,
    Ended,
    /// No more of it is wanted.
    Unwanted,
}

impl BodyDecoder {
    /// True if only the end of the connection ends the body.
    pub(super) fn ends_with_connection(self) -> bool {
        self == Self::UntilClosed
    }

    /// Takes what has come of the body out of `unread`, and gives its content to `take`, which says whether more is
    /// wanted.
    pub(super) fn decode(
        &mut self,
        unread: &mut BytesMut,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<BodyProgress> {
        loop {
            let next = match *self {
                Self::Length(0) => return Ok(BodyProgress::Ended),
                Self::Chunk(0) => Some(Self::ChunkEnd),
                Self::Length(left) | Self::Chunk(left) if !unread.is_empty() => {
                    let bytes =
                        usize::try_from(left).map_or(unread.len(), |left| left.min(unread.len()));
                    if !take(&unread[..bytes]) {
                        return Ok(BodyProgress::Unwanted);
                    }
                    unread.advance(bytes);
                    let left = left - bytes as u64;
                    Some(match self {
                        Self::Length(_) => Self::Length(left),
                        _ => Self::Chunk(left),
                    })
                }
                Self::UntilClosed if !unread.is_empty() => {
                    let is_wanted = take(unread);
                    unread.clear();
                    if !is_wanted {
                        return Ok(BodyProgress::Unwanted);
                    }
                    None
                }
                Self::Length(_) | Self::Chunk(_) | Self::UntilClosed => None,
                Self::ChunkSize => chunk_size(unread)?,
                Self::ChunkEnd => chunk_end(unread)?,
                Self::Trailers => trailers(unread)?,
            };
            match next {
                Some(next) => *self = next,
                None if unread.len() > MOST_BYTES => return Err(malformed("a line without end")),
                None => return Ok(BodyProgress::Partial),
            }
        }
    }
}

fn chunk_size(unread: &mut BytesMut) -> io::Result<Option<BodyDecoder>> {
    // The parser takes no digit at all for a zero, and a line feed for a part of an extension.
    if unread.first().is_some_and(|first| !first.is_ascii_hexdigit()) {
        return Err(malformed("a chunk has no size"));
    }
    let size = httparse::parse_chunk_size(unread);
    let Status::Complete((bytes, size)) = size.map_err(|error| malformed(&error.to_string()))?
    else {
        return Ok(None);
    };
    if unread[..bytes - b"\r\n".len()].contains(&b'\n') {
        return Err(malformed("the line of a chunk's size is broken"));
    }
    unread.advance(bytes);
    Ok(Some(if size == 0 { BodyDecoder::Trailers } else { BodyDecoder::Chunk(size) }))
}

fn chunk_end(unread: &mut BytesMut) -> io::Result<Option<BodyDecoder>> {
    let Some(end) = unread.first_chunk::<2>() else { return Ok(None) };
    if end != b"\r\n" {
        return Err(malformed("a chunk is longer than its size"));
    }
    unread.advance(end.len());
    Ok(Some(BodyDecoder::ChunkSize))
}

fn trailers(unread: &mut BytesMut) -> io::Result<Option<BodyDecoder>> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let parsed = httparse::parse_headers(unread, &mut headers);
    let Status::Complete((bytes, _)) = parsed.map_err(|error| malformed(&error.to_string()))?
    else {
        return Ok(None);
    };
    unread.advance(bytes);
    Ok(Some(BodyDecoder::Length(0)))
}

/// The error for a response that breaks the rules.
pub(super) fn malformed(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the response is not HTTP/1.1: {reason}"))
}
