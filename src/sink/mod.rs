//! The collector: a small ingestion API of our own, to try things out and to test against.
//!
//! It takes events at `POST /api/events`, validates them as the owner's service (`FastAPI`) does, keeps
//! what it accepted, and can misbehave on purpose, in a seeded and thus repeatable way.
//!
//! ```
//! use event_simulator::sink::{Collector, CollectorConfig};
//!
//! let collector = Collector::start(CollectorConfig { port: 0, ..CollectorConfig::default() })?;
//! println!("send events to {}", collector.url());
//! let stats = collector.stop()?;
//! assert_eq!(stats.events_accepted, 0);
//! # Ok::<(), event_simulator::sink::CollectorError>(())
//! ```

mod body;
mod connection;
mod contract;
mod faults;
mod ingest;
mod ledger;
mod output;
mod server;
mod stats;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use crate::quantity::ByteSize;

pub use faults::FaultConfig;
pub use ledger::OrderBy;
pub use stats::{CollectorStats, ResetCounts};

/// Where the collector listens, what it keeps, and how it misbehaves.
#[derive(Clone, Debug)]
pub struct CollectorConfig {
    /// The address to bind.
    pub bind: IpAddr,
    /// The port to bind; 0 takes a free one.
    pub port: u16,
    /// The file that gets each accepted event, one a line.
    pub output: Option<PathBuf>,
    /// Keep what already stands in `output`, and write behind it.
    pub append: bool,
    /// Add `received_id` and `received_at` to each line of `output`.
    pub stamp: bool,
    /// The largest event, in bytes.
    pub max_event: ByteSize,
    /// The largest body of a request, in bytes, after decompression.
    pub max_body: ByteSize,
    /// Accept each event once: a repeat is answered 200 and not written again.
    pub dedupe: bool,
    /// Within which field event times must not go backwards.
    pub order_by: OrderBy,
    /// How it misbehaves; not at all by default.
    pub faults: FaultConfig,
}

impl Default for CollectorConfig {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8000,
            output: None,
            append: false,
            stamp: false,
            max_event: ByteSize::mebibytes(1),
            max_body: ByteSize::mebibytes(64),
            dedupe: false,
            order_by: OrderBy::User,
            faults: FaultConfig::default(),
        }
    }
}

/// Why a collector did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectorError {
    /// The address is taken, or not this machine's.
    #[error(
        "cannot listen on {addr}: {source}; choose another port with --port (0 takes a free one)"
    )]
    Bind {
        /// Where it should have listened.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The output file cannot be opened.
    #[error("cannot write {}: {source}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The faults contradict each other.
    #[error("{0}")]
    Faults(String),
    /// The thread or its event loop could not be had.
    #[error("cannot start the collector's thread: {0}")]
    Thread(io::Error),
    /// The server ended before it was told to.
    #[error("the collector's thread ended unexpectedly")]
    Died,
}

fn run(
    shared: Arc<server::Shared>,
    stopping: watch::Receiver<bool>,
    started: &mpsc::SyncSender<Result<SocketAddr, CollectorError>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(CollectorError::Thread(error)));
            return;
        }
    };
    runtime.block_on(async {
        match server::listen(shared.address()).await {
            Ok((listener, addr)) => {
                let _ = started.send(Ok(addr));
                server::serve(shared, listener, addr, stopping).await;
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
}

/// A running collector, on a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Collector {
    addr: SocketAddr,
    shared: Arc<server::Shared>,
    stopper: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    /// Starts a collector. It accepts connections when this returns.
    ///
    /// Everything happens on that one thread, so requests are taken one after the other: the same
    /// requests in the same order meet the same faults.
    pub fn start(config: CollectorConfig) -> Result<Self, CollectorError> {
        config.faults.check().map_err(CollectorError::Faults)?;
        let shared = Arc::new(server::Shared::new(config)?);
        let (stopper, stopping) = watch::channel(false);
        let (started, start) = mpsc::sync_channel(1);
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || run(for_thread, stopping, &started))
            .map_err(CollectorError::Thread)?;
        let addr = start.recv().map_err(|_| CollectorError::Died)??;
        Ok(Self { addr, shared, stopper, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where events go: `http://127.0.0.1:8000/api/events`.
    pub fn url(&self) -> String {
        format!("http://{}/api/events", self.addr)
    }

    /// What happened so far.
    pub fn stats(&self) -> CollectorStats {
        self.shared.stats()
    }

    /// Stops listening, lets the requests under way get their answers (at most two seconds), and
    /// tells what happened. Blocks until the thread has ended.
    pub fn stop(mut self) -> Result<CollectorStats, CollectorError> {
        self.halt()?;
        Ok(self.shared.stats())
    }

    fn halt(&mut self) -> Result<(), CollectorError> {
        let _ = self.stopper.send(true);
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| CollectorError::Died),
            None => Ok(()),
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.halt();
    }
}
