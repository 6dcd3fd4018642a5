//! The counters of a collector.

use std::collections::BTreeMap;

use serde::Serialize;

/// The counters of a collector since its start; also the answer to `GET /stats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CollectorStats {
    /// Seconds since the start.
    pub uptime_seconds: f64,
    /// Connections taken.
    pub connections: u64,
    /// Requests to `POST /api/events`, whatever became of them.
    pub requests: u64,
    /// Bytes of their bodies, as sent.
    pub bytes: u64,
    /// Events accepted, which are the lines of the output.
    pub events_accepted: u64,
    /// Requests refused because of their content (422).
    pub refused: u64,
    /// Events that had come before; accepted nevertheless unless the collector deduplicates.
    pub duplicates: u64,
    /// Events older than one that their user had already sent; duplicates aside.
    pub order_violations: u64,
    /// Answers by status, those of other paths included.
    pub answers: BTreeMap<u16, u64>,
    /// Connections reset on purpose.
    pub resets: ResetCounts,
    /// Requests left without an answer on purpose.
    pub hangs: u64,
    /// Events answered as accepted and not kept, on purpose.
    pub silently_dropped: u64,
    /// The last thing that went wrong in the collector itself, such as a full disk.
    pub last_error: Option<String>,
}

/// Connections reset on purpose, by when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResetCounts {
    /// Before the event was accepted.
    pub before: u64,
    /// After it was accepted, so that the client does not know.
    pub after: u64,
}
