//! The body of a request, which tells when it is begun to be sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body that tells when its sending begins. Over HTTP/2 a request may have to wait for one of as many
/// streams as the peer lets be open; that is no fault of the peer's, and no part of the request's time.
pub(super) struct TrackedBody {
    bytes: Option<Bytes>,
    begun: Arc<OnceLock<Instant>>,
}

impl TrackedBody {
    /// A body, which notes in `begun` when it begins.
    pub(super) fn new(bytes: Bytes, begun: &Arc<OnceLock<Instant>>) -> Self {
        Self { bytes: Some(bytes), begun: Arc::clone(begun) }
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.get_or_init(Instant::now);
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
