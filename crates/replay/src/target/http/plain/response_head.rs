//! The head of a response ([RFC 9112], sections 4 to 6).
//!
//! [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112

use std::io;
use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Status};

use super::body_decoder::{BodyDecoder, MOST_BYTES, MOST_HEADERS, malformed};
use crate::target::http::response::{Answer, Reader};

/// A head of what is no [interim response](ParsedHead::Interim).
pub(super) struct ResponseHead {
    pub(super) answer: Answer,
    pub(super) body: BodyDecoder,
    /// True if no other response can come by the same connection.
    pub(super) is_last: bool,
}

/// What the bytes that have come begin with.
pub(super) enum ParsedHead {
    /// The beginning of a head.
    Partial,
    /// A head which says that another follows.
    Interim { bytes: usize },
    /// A head, of so many bytes.
    Final { head: ResponseHead, bytes: usize },
}

/// What a head says of the form of its response.
#[derive(Default)]
struct Framing {
    /// True if it is one of HTTP/1.0.
    is_old: bool,
    length: Option<u64>,
    /// True if the length is no number, or two.
    is_wrong: bool,
    /// The last of the transfer codings.
    coding: Option<Coding>,
    closes: bool,
    keeps_alive: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    Other,
}

impl ResponseHead {
    pub(super) fn parse(
        bytes: &[u8],
        asks_for_head: bool,
        reader: &Reader,
    ) -> io::Result<ParsedHead> {
        let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut []);
        let parsed = ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        );
        let length = match parsed.map_err(|error| malformed(&error.to_string()))? {
            Status::Complete(length) => length,
            Status::Partial if bytes.len() > MOST_BYTES => {
                return Err(malformed("a head without end"));
            }
            Status::Partial => return Ok(ParsedHead::Partial),
        };
        let status = response.code.filter(|status| *status >= 100);
        let status = status.ok_or_else(|| malformed("its status is none"))?;
        if status != 101 && (100..200).contains(&status) {
            return Ok(ParsedHead::Interim { bytes: length });
        }
        let is_old = response.version == Some(0);
        let framing = Framing { is_old, ..Framing::of(response.headers) };
        let has_body = !asks_for_head && !matches!(status, 101 | 204 | 304);
        let body = if has_body { framing.decoder()? } else { BodyDecoder::Length(0) };
        let is_last = framing.closes
            || framing.is_old && !framing.keeps_alive
            || framing.coding.is_some() && framing.length.is_some()
            || status == 101
            || body.ends_with_connection();
        let answer = reader.answer(status, |name| value_of(response.headers, name));
        Ok(ParsedHead::Final { head: Self { answer, body, is_last }, bytes: length })
    }
}

impl Framing {
    fn of(headers: &[Header<'_>]) -> Self {
        let mut framing = Self::default();
        for header in headers {
            if header.name.eq_ignore_ascii_case("content-length") {
                for length in list(header.value) {
                    let length = str::from_utf8(length).ok().and_then(decimal);
                    let is_same = framing.length.is_none() || framing.length == length;
                    framing.is_wrong |= length.is_none() || !is_same;
                    framing.length = length;
                }
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                for coding in list(header.value) {
                    let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
                    framing.coding = Some(if is_chunked { Coding::Chunked } else { Coding::Other });
                }
            } else if header.name.eq_ignore_ascii_case("connection") {
                for option in list(header.value) {
                    framing.closes |= option.eq_ignore_ascii_case(b"close");
                    framing.keeps_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
        }
        framing
    }

    fn decoder(&self) -> io::Result<BodyDecoder> {
        if self.is_old && self.coding.is_some() {
            return Err(malformed("HTTP/1.0 has no transfer codings"));
        }
        if self.coding.is_none() && self.is_wrong {
            return Err(malformed("its length is told wrongly"));
        }
        Ok(match (self.coding, self.length) {
            (Some(Coding::Chunked), _) => BodyDecoder::ChunkSize,
            (None, Some(length)) => BodyDecoder::Length(length),
            (Some(Coding::Other), _) | (None, None) => BodyDecoder::UntilClosed,
        })
    }
}

/// The elements of a list of values.
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// A number of digits alone, which the parser of the standard library also takes with a sign.
fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The value of the first header of that name.
fn value_of<'h>(headers: &[Header<'h>], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    str::from_utf8(found.value).ok()
}
