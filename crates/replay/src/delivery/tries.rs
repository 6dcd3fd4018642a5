//! The tries of one request.

use std::time::Instant;

/// The tries of one request.
#[derive(Debug, Default)]
pub(super) struct Tries {
    pub(super) made: u32,
    /// Those that count against the event.
    pub(super) counted: u32,
    /// Those that were on their way and got no response.
    pub(super) lost: u32,
    /// Since when it is tried.
    pub(super) asked_since: Option<Instant>,
    /// What the target had answered before, to any request.
    pub(super) successes_before: u64,
    /// True if the target has answered something else before the latest try.
    pub(super) has_witness: bool,
}
