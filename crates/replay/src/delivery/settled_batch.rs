//! A batch that is done with.

use std::time::Instant;

use crate::error::ReplayError;
use crate::outcome::Outcome;
use crate::schedule::Batch;

/// A batch that is done with.
#[derive(Debug)]
pub(super) struct SettledBatch {
    pub(super) batch: Batch,
    /// One for each event.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) at: Instant,
    /// The reason why the replay cannot go on.
    pub(super) failure: Option<ReplayError>,
}
