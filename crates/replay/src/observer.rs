//! Watchers of a replay: a terminal, a log, or nobody.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::metrics::{Metrics, SharedMetrics};

/// A watcher that is told what happens, on a thread of its own so that a slow terminal does not delay
/// sending.
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
#[derive(Clone, Debug)]
pub struct SettledEvent {
    /// Line number or ordinal.
    pub position: u64,
    /// Its type.
    pub event_type: String,
    /// Its identity; empty if it has none.
    pub id: String,
    /// The reason why it was given up, if it was.
    pub error: Option<String>,
    /// Time from when it was due until it was settled.
    pub since_due: Option<Duration>,
}

/// A message to the observer's thread.
pub(crate) enum Message {
    Notice(String),
    Settled(SettledEvent),
    End,
}

/// The sending side's channel to the observer.
#[derive(Clone, Debug)]
pub(crate) struct Notifier {
    sender: Sender<Message>,
    wants_events: bool,
}

impl Notifier {
    /// A notifier, and the other end of its channel.
    pub(crate) fn new(wants_events: bool) -> (Self, Receiver<Message>) {
        let (sender, messages) = std::sync::mpsc::channel();
        (Self { sender, wants_events }, messages)
    }

    pub(crate) fn wants_events(&self) -> bool {
        self.wants_events
    }

    pub(crate) fn notice(&self, text: impl Into<String>) {
        let _ = self.sender.send(Message::Notice(text.into()));
    }

    pub(crate) fn settled(&self, event: SettledEvent) {
        let _ = self.sender.send(Message::Settled(event));
    }

    pub(crate) fn end(&self) {
        let _ = self.sender.send(Message::End);
    }
}

/// Passes messages and ticks on to the observer until the end.
pub(crate) fn observe(
    observer: &mut dyn Observer,
    messages: &Receiver<Message>,
    metrics: &SharedMetrics,
) {
    let interval = observer.interval();
    // An interval that no clock reaches is as good as none.
    let after = |at: Instant| interval.and_then(|interval| at.checked_add(interval));
    let mut next_tick = after(Instant::now());
    loop {
        let message = match next_tick {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => messages.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match message {
            Ok(Message::Notice(text)) => observer.notice(&text),
            Ok(Message::Settled(event)) => observer.settled(&event),
            Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(at) = next_tick.filter(|&at| Instant::now() >= at) {
            observer.tick(&metrics.snapshot());
            next_tick = after(at).map(|next| next.max(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Every(Duration);

    impl Observer for Every {
        fn interval(&self) -> Option<Duration> {
            Some(self.0)
        }
    }

    #[test]
    fn an_interval_beyond_all_time_is_waited_for_without_a_panic() {
        for interval in [Duration::MAX, Duration::from_secs(u64::MAX)] {
            let (notifier, messages) = Notifier::new(false);
            notifier.end();
            observe(&mut Every(interval), &messages, &SharedMetrics::default());
        }
    }
}
