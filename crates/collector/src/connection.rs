//! One connection, which can be cut: reset without an answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Cuts a connection from within one of its requests.
#[derive(Debug, Default)]
pub(super) struct Cut {
    happened: AtomicBool,
    notify: Notify,
}

impl Cut {
    /// Cuts the connection; there is no way back, so this never returns.
    pub(super) async fn now(&self) -> ! {
        self.happened.store(true, Ordering::Relaxed);
        self.notify.notify_one();
        std::future::pending().await
    }

    /// Returns when the connection is to be dropped.
    pub(super) async fn requested(&self) {
        self.notify.notified().await;
    }
}

/// A TCP stream that ends with a reset instead of an orderly close if it was cut, or is dropped
/// while the sink is down.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    cut: Arc<Cut>,
    is_down: Arc<AtomicBool>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, cut: Arc<Cut>, is_down: Arc<AtomicBool>) -> Self {
        Self { stream, cut, is_down }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.cut.happened.load(Ordering::Relaxed) || self.is_down.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
