//! The collector's thread: starting and stopping it.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use crate::config::CollectorConfig;
use crate::error::CollectorError;
use crate::routes::EVENTS;
use crate::server;
use crate::state::CollectorState;
use crate::stats::CollectorStats;

/// A running collector, on a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Collector {
    addr: SocketAddr,
    state: Arc<CollectorState>,
    stopper: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    /// Starts a collector. It accepts connections when this returns.
    ///
    /// Everything happens on that one thread, so requests are taken one after the other: the same
    /// requests in the same order meet the same faults.
    pub fn start(config: CollectorConfig) -> Result<Self, CollectorError> {
        let addr = SocketAddr::new(config.bind, config.port);
        let state = Arc::new(CollectorState::new(config)?);
        let (stopper, stopping) = watch::channel(false);
        let (started, start) = mpsc::sync_channel(1);
        let for_thread = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("collector".to_owned())
            .spawn(move || run(for_thread, addr, stopping, &started))
            .map_err(CollectorError::Thread)?;
        let addr = start.recv().map_err(|_| CollectorError::Died)??;
        Ok(Self { addr, state, stopper, thread: Some(thread) })
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL to send events to: `http://127.0.0.1:8000/api/events`.
    pub fn url(&self) -> String {
        let path = self.state.protocol.map_or(EVENTS, |format| format.path);
        format!("http://{}{path}", self.addr)
    }

    /// The counters so far.
    pub fn stats(&self) -> CollectorStats {
        self.state.stats()
    }

    /// Stops listening, lets the requests under way get their answers (at most two seconds), and
    /// gives the counters. Blocks until the thread has ended.
    pub fn stop(mut self) -> Result<CollectorStats, CollectorError> {
        self.halt()?;
        Ok(self.state.stats())
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

fn run(
    state: Arc<CollectorState>,
    addr: SocketAddr,
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
        match server::listen(addr).await {
            Ok((listener, addr)) => {
                let _ = started.send(Ok(addr));
                server::serve(state, listener, addr, stopping).await;
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
}
