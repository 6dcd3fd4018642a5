//! What is told of an event that is settled: who, what, where, and how it went.

use std::time::Duration;

use event_simulator::event::Field;
use event_simulator::wire::scan;

use crate::observer::SettledEvent;
use crate::outcome::Outcome;
use crate::source::SourceEvent;

pub(super) fn settled_event(
    event: &SourceEvent,
    outcome: &Outcome,
    since_due: Option<Duration>,
) -> SettledEvent {
    let names = [Field::UserId, Field::PagePath].map(Field::name);
    // Lines that are not ours have other names for them.
    let [user, page] = scan::members(&event.body, names).unwrap_or_default();
    let text = |raw: Option<&[u8]>| {
        let text = raw.and_then(|raw| scan::text(raw).ok()).unwrap_or_default();
        shown(text.as_bytes())
    };
    SettledEvent {
        position: event.position,
        event_type: shown(event.event_type()),
        user: text(user),
        page: text(page),
        id: shown(event.id().unwrap_or_default()),
        error: match outcome {
            Outcome::GivenUp(reason) => Some(reason.error.clone()),
            Outcome::Delivered | Outcome::Unsettled => None,
        },
        since_due,
    }
}

/// The beginning of a value, which may be of any length.
fn shown(value: &[u8]) -> String {
    const SHOWN_BYTES: usize = 200;
    String::from_utf8_lossy(&value[..value.len().min(SHOWN_BYTES)]).into_owned()
}
