//! The observer's thread.

use std::time::{Duration, Instant};

use crate::metrics::{RunSeries, SharedMetrics};
use crate::notifier::{Message, Messages, NoMessage};
use crate::observer::Observer;

/// The time between two looks for the series of a replay.
const SERIES_INTERVAL: Duration = Duration::from_secs(1);

/// Passes messages and ticks on to the observer until the end, and records the series, if it is wanted.
pub(crate) fn observe(
    observer: &mut dyn Observer,
    messages: &Messages,
    metrics: &SharedMetrics,
    mut series: Option<&mut RunSeries>,
) {
    let mut ticks = Ticks::every(observer.interval());
    let mut looks = Ticks::every(series.as_ref().map(|_| SERIES_INTERVAL));
    loop {
        let next = [ticks.next, looks.next].into_iter().flatten().min();
        let is_over = match messages.next(next) {
            Ok(Message::Notice(text)) => {
                observer.notice(&text);
                false
            }
            Ok(Message::Settled(event)) => {
                observer.settled(&event);
                false
            }
            Err(NoMessage::End) => true,
            Err(NoMessage::Timeout) => false,
        };
        if let Some(series) = series.as_mut().filter(|_| is_over || looks.is_due()) {
            series.observe(metrics.snapshot());
        }
        if is_over {
            return;
        }
        if ticks.is_due() {
            observer.tick(&metrics.snapshot());
        }
    }
}

/// Moments at an interval.
struct Ticks {
    interval: Option<Duration>,
    next: Option<Instant>,
}

impl Ticks {
    fn every(interval: Option<Duration>) -> Self {
        let mut ticks = Self { interval, next: None };
        ticks.next = ticks.after(Instant::now());
        ticks
    }

    /// An interval that no clock reaches is as good as none.
    fn after(&self, at: Instant) -> Option<Instant> {
        self.interval.and_then(|interval| at.checked_add(interval))
    }

    /// True if a moment has come; the next is then waited for.
    fn is_due(&mut self) -> bool {
        let Some(at) = self.next.filter(|&at| Instant::now() >= at) else { return false };
        self.next = self.after(at).map(|next| next.max(Instant::now()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::Notifier;

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
            observe(&mut Every(interval), &messages, &SharedMetrics::default(), None);
        }
    }
}
