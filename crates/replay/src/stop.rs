//! Stopping a replay from outside, or because it cannot go on.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How far a replay has to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Sending.
    Running,
    /// No new sends; what is in flight settles.
    Draining,
    /// Nothing more, at once.
    Aborted,
}

/// A handle that stops a replay; all its clones stop the same one.
#[derive(Clone, Debug)]
pub struct Stop {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    phase: Mutex<Phase>,
    changed: Condvar,
    sender: watch::Sender<Phase>,
}

impl Stop {
    pub(super) fn new() -> Self {
        let sender = watch::Sender::new(Phase::Running);
        let phase = Mutex::new(Phase::Running);
        Self { shared: Arc::new(Shared { phase, changed: Condvar::new(), sender }) }
    }

    /// Sends nothing new, and lets what is in flight settle.
    pub fn drain(&self) {
        self.advance(Phase::Draining);
    }

    /// Stops at once; what is in flight is not settled.
    pub fn abort(&self) {
        self.advance(Phase::Aborted);
    }

    /// How far the replay has to go on.
    pub fn phase(&self) -> Phase {
        *self.shared.sender.borrow()
    }

    fn advance(&self, to: Phase) {
        let mut phase = self.lock();
        *phase = to.max(*phase);
        self.shared.sender.send_replace(*phase);
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Phase> {
        self.shared.sender.subscribe()
    }

    /// Sleeps until `until`, less if the replay is stopped. Says whether it still runs.
    pub(super) fn sleep_until(&self, until: Instant) -> bool {
        let mut phase = self.lock();
        while *phase == Phase::Running {
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
