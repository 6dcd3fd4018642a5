//! Who watches a replay: a terminal, a log, or nobody.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::books::{Books, Metrics};

/// Is told what happens, on a thread of its own so that a slow terminal does not delay sending.
pub trait Observer: Send {
    /// How often [`Observer::tick`] is called; `None` for never.
    fn interval(&self) -> Option<Duration> {
        None
    }

    /// Everything as it is now.
    fn tick(&mut self, _metrics: &Metrics) {}

    /// Something that a person should know: the target is down, is back, asks to wait.
    fn notice(&mut self, _text: &str) {}

    /// Whether [`Observer::settled`] is to be called.
    fn wants_events(&self) -> bool {
        false
    }

    /// One event was delivered or given up.
    fn settled(&mut self, _event: &SettledEvent) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// An event that was delivered or given up.
#[derive(Clone, Debug)]
pub struct SettledEvent {
    /// Line number or ordinal.
    pub position: u64,
    /// Its type.
    pub kind: String,
    /// Its identity, if it has one.
    pub id: String,
    /// Why it was given up, if it was.
    pub error: Option<String>,
    /// From when it was due until it was settled.
    pub since_due: Option<Duration>,
}

pub(super) enum Message {
    Notice(String),
    Settled(SettledEvent),
    End,
}

/// The sending side's line to the observer.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) sender: Sender<Message>,
    pub(super) wants_events: bool,
}

impl Voice {
    pub(super) fn say(&self, text: String) {
        let _ = self.sender.send(Message::Notice(text));
    }

    pub(super) fn settled(&self, event: SettledEvent) {
        let _ = self.sender.send(Message::Settled(event));
    }

    pub(super) fn end(&self) {
        let _ = self.sender.send(Message::End);
    }
}

/// Passes messages and ticks on to the observer until the end.
pub(super) fn attend(observer: &mut dyn Observer, messages: &Receiver<Message>, books: &Books) {
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
            observer.tick(&books.snapshot());
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
            let (sender, messages) = std::sync::mpsc::channel();
            sender.send(Message::End).unwrap();
            attend(&mut Every(interval), &messages, &Books::new(None));
        }
    }
}
