//! A connection that can be reset instead of answered.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Resets a connection from within one of its requests.
#[derive(Debug, Default)]
pub(crate) struct ResetHandle {
    is_triggered: AtomicBool,
    notify: Notify,
}

impl ResetHandle {
    /// Resets the connection. The request ends with it, so this never returns.
    pub(crate) async fn trigger(&self) -> ! {
        self.is_triggered.store(true, Ordering::Relaxed);
        self.notify.notify_one();
        std::future::pending().await
    }

    /// Returns when the connection is to be dropped.
    pub(crate) async fn triggered(&self) {
        self.notify.notified().await;
    }
}

/// A TCP stream that ends with a reset instead of an orderly close if its handle was triggered, or
/// if it is dropped while the collector is down.
#[derive(Debug)]
pub(crate) struct ResettableStream {
    stream: TcpStream,
    reset: Arc<ResetHandle>,
    is_down: Arc<AtomicBool>,
}

impl ResettableStream {
    pub(crate) fn new(
        stream: TcpStream,
        reset: Arc<ResetHandle>,
        is_down: Arc<AtomicBool>,
    ) -> Self {
        Self { stream, reset, is_down }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl Drop for ResettableStream {
    fn drop(&mut self) {
        if self.reset.is_triggered.load(Ordering::Relaxed) || self.is_down.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for ResettableStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(context, buffer)
    }
}

impl AsyncWrite for ResettableStream {
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
