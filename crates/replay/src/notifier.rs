//! The way of messages to the observer's thread: bounded, and nothing is said twice.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event_simulator::quantity::grouped;

use crate::observer::SettledEvent;

/// Messages that may wait for the observer.
const CAPACITY: usize = 4_096;
/// The time for which a message about an event waits for room. An observer that makes none in that time
/// is not waited for again until it does.
const PATIENCE: Duration = Duration::from_millis(100);
/// Different messages that are remembered, so that none of them is said twice.
const MAX_REMEMBERED: usize = 100;

/// Times that a message with other numbers is said before it is only counted.
const MOST_TIMES: u64 = 5;

/// A message to the observer's thread.
#[derive(Debug)]
pub(crate) enum Message {
    Notice(String),
    Settled(SettledEvent),
}

/// The sending side's way to the observer.
#[derive(Clone, Debug)]
pub(crate) struct Notifier {
    shared: Arc<MessageQueue>,
    wants_events: bool,
}

/// The observer's end of it.
#[derive(Debug)]
pub(crate) struct Messages(Arc<MessageQueue>);

#[derive(Debug, Default)]
struct MessageQueue {
    queue: Mutex<WaitingMessages>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct WaitingMessages {
    messages: VecDeque<Message>,
    said: Vec<Said>,
    /// Messages that differ from all that are remembered.
    forgotten: u64,
    /// Messages for which there was no room.
    left_out: u64,
    is_clogged: bool,
    has_ended: bool,
}

/// A message that may come again.
#[derive(Debug)]
struct Said {
    /// That by which it is known again.
    key: String,
    /// The text as it was said.
    text: String,
    times: u64,
    /// The times that it is said before it is only counted.
    most: u64,
}

impl Notifier {
    /// A notifier, and the observer's end.
    pub(crate) fn new(wants_events: bool) -> (Self, Messages) {
        let shared = Arc::new(MessageQueue::default());
        (Self { shared: Arc::clone(&shared), wants_events }, Messages(shared))
    }

    pub(crate) fn wants_events(&self) -> bool {
        self.wants_events
    }

    /// Says a text.
    pub(crate) fn notice(&self, text: impl Into<String>) {
        self.shared.lock().push(Message::Notice(text.into()));
        self.shared.changed.notify_all();
    }

    /// Says a text that may come again: at once the first time, and at the end how often it came.
    pub(crate) fn repeated(&self, text: String) {
        let mut queue = self.shared.lock();
        queue.repeated(text.clone(), || text);
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Says a text once, and at the end how often one of its `key` came.
    pub(crate) fn once(&self, key: &str, text: String) {
        let mut queue = self.shared.lock();
        queue.repeated(key.to_owned(), || text);
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Says a text that may come again with other numbers: the first times, and at the end how often it came. Those of one
    /// `key` are counted together.
    pub(crate) fn sometimes(&self, key: &str, text: String) {
        let mut queue = self.shared.lock();
        queue.said_at_most(MOST_TIMES, key.to_owned(), || text);
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Says that a line cannot be sent. Lines of the same reason are said once.
    pub(crate) fn bad_line(&self, position: u64, reason: &str) {
        let mut queue = self.shared.lock();
        queue.repeated(reason.to_owned(), || format!("line {position}: {reason}"));
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Tells of an event. Waits a little where there is no room.
    pub(crate) fn settled(&self, event: SettledEvent) {
        let mut queue = self.shared.lock();
        if queue.messages.len() >= CAPACITY && !queue.is_clogged {
            let is_full = |queue: &mut WaitingMessages| queue.messages.len() >= CAPACITY;
            let waited = self.shared.changed.wait_timeout_while(queue, PATIENCE, is_full);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.push(Message::Settled(event));
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// Ends the conversation: says what came several times, and what was left out.
    pub(crate) fn end(&self) {
        let mut queue = self.shared.lock();
        queue.has_ended = true;
        for said in
            std::mem::take(&mut queue.said).into_iter().filter(|said| said.times > said.most)
        {
            let times = grouped(said.times);
            queue
                .messages
                .push_back(Message::Notice(format!("{} ({times} times in all)", said.text)));
        }
        for (count, what) in [
            (queue.forgotten, "more lines cannot be sent, for other reasons"),
            (queue.left_out, "messages were left out, because nobody read standard error"),
        ] {
            if count > 0 {
                queue.messages.push_back(Message::Notice(format!("{} {what}", grouped(count))));
            }
        }
        drop(queue);
        self.shared.changed.notify_all();
    }
}

impl MessageQueue {
    fn lock(&self) -> MutexGuard<'_, WaitingMessages> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WaitingMessages {
    fn push(&mut self, message: Message) {
        self.is_clogged = self.messages.len() >= CAPACITY;
        if self.is_clogged {
            self.left_out += 1;
        } else {
            self.messages.push_back(message);
        }
    }

    fn repeated(&mut self, key: String, text: impl FnOnce() -> String) {
        self.said_at_most(1, key, text);
    }

    fn said_at_most(&mut self, most: u64, key: String, text: impl FnOnce() -> String) {
        if let Some(said) = self.said.iter_mut().find(|said| said.key == key) {
            said.times += 1;
            if said.times <= most {
                self.push(Message::Notice(text()));
            }
        } else if self.said.len() < MAX_REMEMBERED {
            let text = text();
            self.push(Message::Notice(text.clone()));
            self.said.push(Said { key, text, times: 1, most });
        } else {
            self.forgotten += 1;
        }
    }
}

/// The reason why there is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMessage {
    /// None came in time.
    Timeout,
    /// None will come.
    End,
}

impl Messages {
    /// The next message; waits for it until `deadline`.
    pub(crate) fn next(&self, deadline: Option<Instant>) -> Result<Message, NoMessage> {
        let mut queue = self.0.lock();
        loop {
            if let Some(message) = queue.messages.pop_front() {
                drop(queue);
                self.0.changed.notify_all();
                return Ok(message);
            }
            if queue.has_ended {
                return Err(NoMessage::End);
            }
            let changed = &self.0.changed;
            queue = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Err(NoMessage::Timeout),
                Some(rest) => {
                    changed.wait_timeout(queue, rest).unwrap_or_else(PoisonError::into_inner).0
                }
                None => changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(messages: &Messages) -> Vec<String> {
        let mut texts = Vec::new();
        while let Ok(message) = messages.next(None) {
            match message {
                Message::Notice(text) => texts.push(text),
                Message::Settled(event) => texts.push(event.id),
            }
        }
        texts
    }

    #[test]
    fn equal_lines_are_said_once_and_counted() {
        let (notifier, messages) = Notifier::new(false);
        for position in 1..=1_000 {
            notifier.bad_line(position, "there is no time");
        }
        notifier.repeated("wait".to_owned());
        notifier.bad_line(1_001, "not JSON");
        notifier.end();
        let expected = [
            "line 1: there is no time",
            "wait",
            "line 1001: not JSON",
            "line 1: there is no time (1,000 times in all)",
        ];
        assert_eq!(texts(&messages), expected);
    }

    #[test]
    fn what_comes_again_with_other_numbers_is_said_a_few_times_and_counted() {
        let (notifier, messages) = Notifier::new(false);
        for second in 1..=1_000 {
            notifier.sometimes("back", format!("back after {second} s"));
        }
        notifier.end();
        let said = texts(&messages);
        assert_eq!(said.len() as u64, MOST_TIMES + 1);
        assert_eq!(said.last().unwrap(), "back after 1 s (1,000 times in all)");
    }

    #[test]
    fn what_nobody_reads_takes_no_memory() {
        let (notifier, messages) = Notifier::new(true);
        let count = CAPACITY as u64 * 3;
        for position in 0..count {
            notifier.settled(SettledEvent { id: position.to_string(), ..SettledEvent::default() });
            notifier.bad_line(position, &format!("odd {position}"));
        }
        assert!(notifier.shared.lock().messages.len() <= CAPACITY);
        notifier.end();
        let texts = texts(&messages);
        assert!(texts.len() < CAPACITY + 10);
        assert!(texts.last().unwrap().contains("were left out"), "{:?}", texts.last());
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let (notifier, messages) = Notifier::new(true);
        let count = CAPACITY * 4;
        let reader = std::thread::spawn(move || texts(&messages).len());
        for _ in 0..count {
            notifier.settled(SettledEvent::default());
        }
        notifier.end();
        assert_eq!(reader.join().unwrap(), count);
    }
}
