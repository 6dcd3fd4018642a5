//! One connection, and the exchange of a request for its response by it.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::body_decoder::{BodyDecoder, BodyProgress};
use super::response_head::{ParsedHead, ResponseHead};
use crate::target::http::response::{Answer, FailedExchange, Reader, Stage};
use crate::target::interface::Attempt;

/// Room for what is read at a time: for most responses as a whole.
const READ_BYTES: usize = 4 * 1024;

/// A request as it is sent.
pub(in crate::target::http) struct PlainRequest<'r> {
    /// Its request line and headers, with the empty line behind them.
    pub(in crate::target::http) head: Vec<u8>,
    pub(in crate::target::http) body: &'r Bytes,
    /// True if its response has no body, whatever the response's head says.
    pub(in crate::target::http) asks_for_head: bool,
}

/// An open connection, by which one request at most is under way.
pub(super) struct PlainConnection {
    stream: TcpStream,
    unread: BytesMut,
}

/// A request that got its response.
pub(super) struct Exchanged {
    pub(super) attempt: Attempt,
    /// True if the connection can be used again.
    pub(super) is_reusable: bool,
}

/// How much of a request was sent before its response began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SentPart {
    Whole,
    Beginning,
}

impl PlainConnection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, unread: BytesMut::new() }
    }

    /// True if nothing came behind the last response, not even the connection's end.
    pub(super) fn is_open(&self) -> bool {
        let unasked = self.stream.try_read(&mut [0]);
        matches!(unasked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a request and reads its response. If that fails, the connection cannot be used again.
    pub(super) async fn exchange(
        &mut self,
        request: &PlainRequest<'_>,
        reader: &Reader,
    ) -> Result<Exchanged, FailedExchange> {
        let sent = self.send(request).await;
        // A target may refuse a request, and close, before it has taken the whole.
        let ResponseHead { mut answer, mut body, is_last } =
            self.receive_head(request.asks_for_head, reader).await.map_err(|error| {
                FailedExchange::of(sent.as_ref().err().unwrap_or(&error), Stage::Sent)
            })?;
        let status = answer.status();
        let is_whole = self
            .receive_body(&mut body, &mut answer)
            .await
            .map_err(|error| FailedExchange::of(&error, Stage::Answered(status)))?;
        let is_sent = matches!(sent, Ok(SentPart::Whole));
        let is_reusable = is_sent && is_whole && !is_last && self.unread.is_empty();
        Ok(Exchanged { attempt: reader.attempt(answer), is_reusable })
    }

    async fn send(&mut self, request: &PlainRequest<'_>) -> io::Result<SentPart> {
        let mut message = Buf::chain(&request.head[..], &request.body[..]);
        let (mut reading, mut writing) = self.stream.split();
        tokio::select! {
            biased;
            written = writing.write_all_buf(&mut message) => written.map(|()| SentPart::Whole),
            read = reading.read_buf(&mut self.unread) => match read? {
                0 => Err(closed()),
                _ => Ok(SentPart::Beginning),
            },
        }
    }

    async fn receive_head(
        &mut self,
        asks_for_head: bool,
        reader: &Reader,
    ) -> io::Result<ResponseHead> {
        loop {
            match ResponseHead::parse(&self.unread, asks_for_head, reader)? {
                ParsedHead::Final { head, bytes } => {
                    self.unread.advance(bytes);
                    return Ok(head);
                }
                ParsedHead::Interim { bytes } => self.unread.advance(bytes),
                ParsedHead::Partial => {
                    if !self.receive().await? {
                        return Err(closed());
                    }
                }
            }
        }
    }

    /// Hands a body to `answer`, to its end or as much as is wanted of it. True if to its end.
    async fn receive_body(
        &mut self,
        body: &mut BodyDecoder,
        answer: &mut Answer,
    ) -> io::Result<bool> {
        loop {
            match body.decode(&mut self.unread, |part| answer.take(part))? {
                BodyProgress::Ended => return Ok(true),
                BodyProgress::Unwanted => return Ok(false),
                BodyProgress::Partial => {
                    if !self.receive().await? {
                        return if body.ends_with_connection() { Ok(false) } else { Err(closed()) };
                    }
                }
            }
        }
    }

    /// Reads what comes. False at the connection's end.
    async fn receive(&mut self) -> io::Result<bool> {
        self.unread.reserve(READ_BYTES);
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }
}

fn closed() -> io::Error {
    let text = "the connection was closed before the end of the response";
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}
