//! One connection, HTTP/1.1 or HTTP/2 as the client begins it.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::context::ConnectionContext;
use crate::reset::{ResetHandle, ResettableStream};
use crate::routes::respond;
use crate::state::CollectorState;

/// Serves one connection until it ends, is reset, or, once `stopping` changes, its requests under
/// way are answered.
pub(crate) async fn serve_connection(
    state: Arc<CollectorState>,
    stream: TcpStream,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    state.ingest().stats.connections += 1;
    let address = stream.peer_addr().map_or_else(|_| String::new(), |addr| addr.ip().to_string());
    let reset = Arc::new(ResetHandle::default());
    let stream = ResettableStream::new(stream, Arc::clone(&reset), Arc::clone(&state.is_down));
    let context = Arc::new(ConnectionContext {
        state,
        reset: Arc::clone(&reset),
        address,
        stopping: stopping.clone(),
        is_used: AtomicBool::new(false),
    });
    let service = service_fn(|request| {
        let context = Arc::clone(&context);
        context.is_used.store(true, Ordering::Relaxed);
        async { Ok::<_, Infallible>(respond(context, request).await) }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(context.state.limits.read_timeout);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return Ok(()),
        () = reset.triggered() => return Ok(()),
        () = stays_unused(&context) => return Ok(()),
        _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = reset.triggered() => {}
    }
    Ok(())
}

/// Returns if no request came in time, be it that the client says nothing, or not enough to tell
/// HTTP/1.1 from HTTP/2: hyper's own timeout begins after that, and only with HTTP/1.1.
async fn stays_unused(context: &ConnectionContext) {
    sleep(context.state.limits.read_timeout).await;
    if context.is_used.load(Ordering::Relaxed) {
        pending::<()>().await;
    }
}
