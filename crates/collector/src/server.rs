//! The server: connections, outages, and stopping. What becomes of a request is in `ingest`.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection::{Cut, Socket};
use super::ingest::{Client, Intake, respond};
use super::report::Stats;
use super::{SinkConfig, SinkError};

/// How long requests under way may take once the sink is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// How long to wait before trying again to listen or accept, when the system refused.
const RETRY: Duration = Duration::from_millis(20);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: SinkConfig,
    started: Instant,
    is_down: Arc<AtomicBool>,
    /// Never contended but by a reader of the statistics: the sink is a single thread.
    intake: Mutex<Intake>,
}

impl Shared {
    pub(super) fn new(config: SinkConfig) -> Result<Self, SinkError> {
        let intake = Mutex::new(Intake::new(&config)?);
        Ok(Self { config, started: Instant::now(), is_down: Arc::default(), intake })
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.config.bind, self.config.port)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn intake(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> Stats {
        Stats { uptime_seconds: self.elapsed().as_secs_f64(), ..self.intake().stats.clone() }
    }
}

/// Listens at `addr`, and says where that is if the port is 0.
pub(super) async fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), SinkError> {
    let bound = TcpListener::bind(addr).await.and_then(|listener| {
        let addr = listener.local_addr()?;
        Ok((listener, addr))
    });
    bound.map_err(|source| SinkError::Bind { addr, source })
}

/// Takes connections until `stopping` changes; closes and opens the listener as the outages say.
pub(super) async fn serve(
    shared: Arc<Shared>,
    listener: TcpListener,
    addr: SocketAddr,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    let requests_stop = stopping.clone();
    loop {
        let (is_down, next_change) = shared.config.faults.next_change(shared.elapsed());
        shared.is_down.store(is_down, Ordering::Relaxed);
        if is_down {
            listener = None;
            connections.abort_all();
        } else if listener.is_none() {
            listener = reopen(&shared, addr).await;
        }
        tokio::select! {
            stream = accept(listener.as_ref()) => {
                connections.spawn(converse(Arc::clone(&shared), stream, requests_stop.clone()));
            }
            Some(_) = connections.join_next() => {}
            () = wait(next_change) => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    let answered = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(STOP_GRACE, answered).await;
    connections.shutdown().await;
}

async fn reopen(shared: &Shared, addr: SocketAddr) -> Option<TcpListener> {
    match listen(addr).await {
        Ok((listener, _)) => Some(listener),
        Err(error) => {
            shared.intake().stats.last_error = Some(error.to_string());
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

/// Serves one connection, HTTP/1.1 or HTTP/2 as the client begins it.
async fn converse(
    shared: Arc<Shared>,
    stream: TcpStream,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    shared.intake().stats.connections += 1;
    let cut = Arc::new(Cut::default());
    let socket = Socket::new(stream, Arc::clone(&cut), Arc::clone(&shared.is_down));
    let client = Client { shared, cut: Arc::clone(&cut), stopping: stopping.clone() };
    let client = Arc::new(client);
    let service = service_fn(|request| {
        let client = Arc::clone(&client);
        async { Ok::<_, Infallible>(respond(client, request).await) }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(server.serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        _ = connection.as_mut() => return Ok(()),
        () = cut.requested() => return Ok(()),
        _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = cut.requested() => {}
    }
    Ok(())
}
