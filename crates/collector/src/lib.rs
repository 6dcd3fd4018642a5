//! The sink: a small ingestion API of our own, to try things out and to test against.
//!
//! It takes events at `POST /api/events`, validates them as the owner's service (`FastAPI`) does, keeps
//! what it accepted, and can misbehave on purpose, in a seeded and thus repeatable way.
//!
//! ```
//! use event_simulator_collector::{Sink, SinkConfig};
//!
//! let sink = Sink::start(SinkConfig { port: 0, ..SinkConfig::default() })?;
//! println!("send events to {}", sink.url());
//! let stats = sink.stop()?;
//! assert_eq!(stats.events_accepted, 0);
//! # Ok::<(), event_simulator_collector::SinkError>(())
//! ```

mod body;
mod connection;
mod contract;
mod faults;
mod ingest;
mod ledger;
mod output;
mod report;
mod server;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use event_simulator::quantity::ByteSize;

pub use faults::Faults;
pub use ledger::OrderBy;
pub use report::{Resets, Stats};

/// Where the sink listens, what it keeps, and how it misbehaves.
#[derive(Clone, Debug)]
pub struct SinkConfig {
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
    pub faults: Faults,
}

impl Default for SinkConfig {
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
            faults: Faults::default(),
        }
    }
}

/// Why a sink did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
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
    #[error("cannot start the sink's thread: {0}")]
    Thread(io::Error),
    /// The server ended before it was told to.
    #[error("the sink's thread ended unexpectedly")]
    Died,
}

/// The server; see [`Sink::start`].
#[derive(Debug)]
pub struct Sink;

impl Sink {
    /// Starts a sink on a thread of its own. It accepts connections when this returns.
    ///
    /// Everything happens on that one thread, so requests are taken one after the other: the same
    /// requests in the same order meet the same faults.
    pub fn start(config: SinkConfig) -> Result<SinkHandle, SinkError> {
        config.faults.check().map_err(SinkError::Faults)?;
        let shared = Arc::new(server::Shared::new(config)?);
        let (stopper, stopping) = watch::channel(false);
        let (started, start) = mpsc::sync_channel(1);
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("sink".to_owned())
            .spawn(move || run(for_thread, stopping, &started))
            .map_err(SinkError::Thread)?;
        let addr = start.recv().map_err(|_| SinkError::Died)??;
        Ok(SinkHandle { addr, shared, stopper, thread: Some(thread) })
    }
}

fn run(
    shared: Arc<server::Shared>,
    stopping: watch::Receiver<bool>,
    started: &mpsc::SyncSender<Result<SocketAddr, SinkError>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(SinkError::Thread(error)));
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

/// A running sink. Dropping it stops it.
#[derive(Debug)]
pub struct SinkHandle {
    addr: SocketAddr,
    shared: Arc<server::Shared>,
    stopper: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl SinkHandle {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where events go: `http://127.0.0.1:8000/api/events`.
    pub fn url(&self) -> String {
        format!("http://{}/api/events", self.addr)
    }

    /// What happened so far.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Stops listening, lets the requests under way get their answers (at most two seconds), and
    /// tells what happened. Blocks until the thread has ended.
    pub fn stop(mut self) -> Result<Stats, SinkError> {
        self.halt()?;
        Ok(self.shared.stats())
    }

    fn halt(&mut self) -> Result<(), SinkError> {
        let _ = self.stopper.send(true);
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| SinkError::Died),
            None => Ok(()),
        }
    }
}

impl Drop for SinkHandle {
    fn drop(&mut self) {
        let _ = self.halt();
    }
}
