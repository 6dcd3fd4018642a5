//! Events one behind the other.

use crate::schedule::ScheduledEvent;

/// The events as they are sent, between `open` and `close`.
pub(super) fn joined(
    events: &[ScheduledEvent],
    open: &[u8],
    between: &[u8],
    close: &[u8],
) -> Vec<u8> {
    let bytes: usize = events.iter().map(|event| event.body().len() + 1).sum();
    let mut text = Vec::with_capacity(bytes + 2);
    text.extend_from_slice(open);
    for (number, event) in events.iter().enumerate() {
        if number > 0 {
            text.extend_from_slice(between);
        }
        text.extend_from_slice(event.body());
    }
    text.extend_from_slice(close);
    text
}

/// The events, a line each.
pub(super) fn lines(events: &[ScheduledEvent]) -> Vec<u8> {
    joined(events, b"", b"\n", b"\n")
}
