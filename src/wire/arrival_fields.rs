//! What an event says of its way, when it is something that arrived.

/// The name of the member that says when an event was sent, as its device tells.
pub const SENT_AT: &str = "sent_at";
/// The name of the member that says when an event arrived.
pub const RECEIVED_AT: &str = "received_at";
