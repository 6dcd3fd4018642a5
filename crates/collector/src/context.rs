//! One connection, as its requests see it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use crate::reset::ResetHandle;
use crate::state::CollectorState;

/// One connection, as its requests see it.
#[derive(Debug)]
pub(crate) struct ConnectionContext {
    pub(crate) state: Arc<CollectorState>,
    pub(crate) reset: Arc<ResetHandle>,
    /// The client's address; empty if it is gone already.
    pub(crate) address: String,
    /// Changes when the collector is told to stop.
    pub(crate) stopping: watch::Receiver<bool>,
    /// True once a request has come.
    pub(crate) is_used: AtomicBool,
}
