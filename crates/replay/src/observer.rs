//! Watchers of a replay: a terminal, a log, or nobody.

use std::time::Duration;

use crate::metrics::Metrics;

/// A watcher that is told what happens, on a thread of its own so that a slow terminal does not delay
/// sending; only [`Observer::settled`] is waited for a little, and left out where that does not help.
pub trait Observer: Send {
    /// The time between two calls of [`Observer::tick`]; `None` for no calls.
    fn interval(&self) -> Option<Duration> {
        None
    }

    /// Everything as it is now.
    fn tick(&mut self, _metrics: &Metrics) {}

    /// Something that a person should know: the target is down, is back, asks to wait.
    fn notice(&mut self, _text: &str) {}

    /// True if [`Observer::settled`] is to be called.
    fn wants_events(&self) -> bool {
        false
    }

    /// One event was delivered or given up.
    fn settled(&mut self, _event: &SettledEvent) {}
}

/// An observer that watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// An event that was delivered or given up.
#[derive(Clone, Debug, Default)]
pub struct SettledEvent {
    /// Line number or ordinal.
    pub position: u64,
    /// Its type.
    pub event_type: String,
    /// Its user; empty if it says none under our name.
    pub user: String,
    /// Its page; likewise.
    pub page: String,
    /// Its identity; empty if it has none.
    pub id: String,
    /// The reason why it was given up, if it was.
    pub error: Option<String>,
    /// Time from when it was due until it was settled.
    pub since_due: Option<Duration>,
}
