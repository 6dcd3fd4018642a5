//! The observer's thread.

use std::time::Instant;

use crate::metrics::SharedMetrics;
use crate::notifier::{Message, Messages, NoMessage};
use crate::observer::Observer;

/// Passes messages and ticks on to the observer until the end.
pub(crate) fn observe(observer: &mut dyn Observer, messages: &Messages, metrics: &SharedMetrics) {
    let interval = observer.interval();
    // An interval that no clock reaches is as good as none.
    let after = |at: Instant| interval.and_then(|interval| at.checked_add(interval));
    let mut next_tick = after(Instant::now());
    loop {
        match messages.next(next_tick) {
            Ok(Message::Notice(text)) => observer.notice(&text),
            Ok(Message::Settled(event)) => observer.settled(&event),
            Err(NoMessage::End) => return,
            Err(NoMessage::Timeout) => {}
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
    use crate::notifier::Notifier;
    use std::time::Duration;

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
