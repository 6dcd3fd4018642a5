//! One connection, as its requests see it.

use std::sync::Arc;

use tokio::sync::watch;

use super::reset::ResetHandle;
use super::state::CollectorState;

/// One connection, as its requests see it.
#[derive(Debug)]
pub(super) struct ConnectionContext {
    pub(super) state: Arc<CollectorState>,
    pub(super) reset: Arc<ResetHandle>,
    /// Changes when the collector is told to stop.
    pub(super) stopping: watch::Receiver<bool>,
}
