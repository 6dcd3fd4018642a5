//! The server: connections, outages, and stopping.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::connection::serve_connection;
use crate::error::CollectorError;
use crate::outages::Availability;
use crate::state::CollectorState;

/// The time that requests under way have once the collector is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// The pause before trying again to listen or accept, when the system refused.
const RETRY: Duration = Duration::from_millis(20);

/// Listens at `addr`. Gives the address too, with the port if that was 0.
pub(crate) async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), CollectorError> {
    let bound = TcpListener::bind(addr).await.and_then(|listener| {
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    });
    bound.map_err(|source| CollectorError::Bind { addr, source })
}

/// Takes connections until `stopping` changes; closes and opens the listener as the outages say.
pub(crate) async fn serve(
    state: Arc<CollectorState>,
    listener: TcpListener,
    addr: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    let requests_stop = stopping.clone();
    loop {
        let Availability { is_down, until_change } = state.outages.at(state.elapsed());
        state.is_down.store(is_down, Ordering::Relaxed);
        if is_down {
            listener = None;
            connections.abort_all();
        } else if listener.is_none() {
            listener = reopen(&state, addr).await;
        }
        tokio::select! {
            stream = accept(listener.as_ref()) => {
                let stopping = requests_stop.clone();
                connections.spawn(serve_connection(Arc::clone(&state), stream, stopping));
            }
            Some(_) = connections.join_next() => {}
            () = wait(until_change) => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    let answered = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(STOP_GRACE, answered).await;
    connections.shutdown().await;
}

async fn reopen(state: &CollectorState, addr: SocketAddr) -> Option<TcpListener> {
    match listen(addr).await {
        Ok((listener, _)) => Some(listener),
        Err(error) => {
            state.ingest().stats.last_error = Some(error.to_string());
            sleep(RETRY).await;
            None
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return pending().await };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => sleep(RETRY).await,
        }
    }
}

async fn wait(duration: Option<Duration>) {
    match duration {
        Some(duration) => sleep(duration).await,
        None => pending().await,
    }
}
