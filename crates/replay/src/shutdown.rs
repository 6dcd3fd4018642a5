//! Stopping a replay from outside, or because it cannot go on.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The distance that a replay still has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShutdownPhase {
    /// Sending.
    Running,
    /// No new sends; what is in flight settles.
    Draining,
    /// Nothing more, at once.
    Aborted,
}

/// A handle that stops a replay; all its clones stop the same one.
#[derive(Clone, Debug)]
pub struct Shutdown {
    shared: Arc<Shared>,
}

/// The phase for threads, which sleep by the condition variable, and for tasks, which watch the channel.
#[derive(Debug)]
struct Shared {
    phase: Mutex<ShutdownPhase>,
    changed: Condvar,
    sender: watch::Sender<ShutdownPhase>,
}

impl Shutdown {
    pub(crate) fn new() -> Self {
        let sender = watch::Sender::new(ShutdownPhase::Running);
        let phase = Mutex::new(ShutdownPhase::Running);
        Self { shared: Arc::new(Shared { phase, changed: Condvar::new(), sender }) }
    }

    /// Sends nothing new, and lets what is in flight settle.
    pub fn drain(&self) {
        self.advance(ShutdownPhase::Draining);
    }

    /// Stops at once; what is in flight is not settled.
    pub fn abort(&self) {
        self.advance(ShutdownPhase::Aborted);
    }

    /// The phase now.
    pub fn phase(&self) -> ShutdownPhase {
        *self.shared.sender.borrow()
    }

    fn advance(&self, to: ShutdownPhase) {
        let mut phase = self.lock();
        *phase = to.max(*phase);
        self.shared.sender.send_replace(*phase);
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, ShutdownPhase> {
        self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<ShutdownPhase> {
        self.shared.sender.subscribe()
    }

    /// Sleeps until `until`, less if the replay is stopped, and tells whether it still runs.
    pub(crate) fn sleep_until(&self, until: Instant) -> bool {
        let mut phase = self.lock();
        while *phase == ShutdownPhase::Running {
            let rest = until.saturating_duration_since(Instant::now());
            if rest == Duration::ZERO {
                return true;
            }
            let waited = self.shared.changed.wait_timeout(phase, rest);
            phase = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}
