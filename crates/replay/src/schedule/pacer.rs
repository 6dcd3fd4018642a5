//! The schedule: a pure value, without a clock.

use std::time::Duration;

use event_simulator::time::VirtualTime;

use crate::config::ReplayPace;

/// The schedule: for each event, in order, how long after the start it is due.
///
/// Due times never fall: an event whose time lies before its predecessor's is due with it, because
/// the order of a timeline is kept whatever its times say.
///
/// ```
/// use std::time::Duration;
/// use event_simulator::VirtualTime;
/// use event_simulator_replay::{ReplayPace, Pacer, Speed};
///
/// let mut pacer = Pacer::new(ReplayPace::Speed(Speed::nearest(60.0)));
/// let minute = VirtualTime::from_millis(60_000);
/// assert_eq!(pacer.due(Some(VirtualTime::MIN)), Some(Duration::ZERO));
/// assert_eq!(pacer.due(minute), Some(Duration::from_secs(1)));
/// ```
#[derive(Clone, Debug)]
pub struct Pacer {
    pace: ReplayPace,
    first: Option<VirtualTime>,
    events: u64,
    latest: Duration,
}

impl Pacer {
    /// A pacer whose first event is due at the start.
    pub fn new(pace: ReplayPace) -> Self {
        Self { pace, first: None, events: 0, latest: Duration::ZERO }
    }

    /// The time from the start until the next event is due, or `None` if there is no schedule. An event
    /// without a time is due with its predecessor when the pace follows the timeline's times.
    pub fn due(&mut self, time: Option<VirtualTime>) -> Option<Duration> {
        let offset = match self.pace {
            ReplayPace::Max => return None,
            ReplayPace::Rate(rate) => nanoseconds(self.events as f64 * 1e9 / rate.as_per_second()),
            ReplayPace::Speed(speed) => {
                let offset_millis =
                    time.map_or(0, |time| time.millis_since(*self.first.get_or_insert(time)));
                nanoseconds(offset_millis as f64 * 1e6 / speed.factor())
            }
        };
        self.events += 1;
        self.latest = self.latest.max(offset);
        Some(self.latest)
    }
}

/// Rounded up, because early is never right and late by less than a nanosecond is.
fn nanoseconds(count: f64) -> Duration {
    Duration::from_nanos(count.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Speed;
    use event_simulator::quantity::Rate;
    use proptest::prelude::*;

    fn times(gaps: &[u64]) -> Vec<VirtualTime> {
        let mut now = 1_767_225_600_000;
        gaps.iter()
            .map(|gap| {
                now += gap;
                VirtualTime::from_millis(now).unwrap()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn an_event_is_due_when_the_timeline_says_and_never_early(
            gaps in prop::collection::vec(0_u64..100_000_000, 1..200),
            speed in 0.01_f64..100_000.0,
        ) {
            let times = times(&gaps);
            let mut pacer = Pacer::new(ReplayPace::Speed(Speed::nearest(speed)));
            for &time in &times {
                let due = pacer.due(Some(time)).unwrap().as_nanos() as f64;
                let exact = time.millis_since(times[0]) as f64 * 1e6 / speed;
                prop_assert!(due >= exact && due <= exact + 1.0 + exact * 1e-15);
            }
        }

        #[test]
        fn due_times_never_fall_whatever_the_times_are(
            millis in prop::collection::vec(prop::option::of(0_u64..1_000_000), 1..200),
        ) {
            let mut pacer = Pacer::new(ReplayPace::Speed(Speed::REAL_TIME));
            let mut before = Duration::ZERO;
            for millis in millis {
                let due = pacer.due(millis.and_then(VirtualTime::from_millis)).unwrap();
                prop_assert!(due >= before);
                before = due;
            }
        }

        #[test]
        fn a_rate_spaces_events_evenly(rate in 0.01_f64..1e6, events in 2_u32..2_000) {
            let mut pacer = Pacer::new(ReplayPace::Rate(Rate::per_second(rate).unwrap()));
            let dues: Vec<_> = (0..events).map(|_| pacer.due(None).unwrap()).collect();
            prop_assert_eq!(dues[0], Duration::ZERO);
            let last = dues[dues.len() - 1].as_secs_f64();
            let exact = f64::from(events - 1) / rate;
            prop_assert!((last - exact).abs() <= 2e-9 + exact * 1e-12);
            let gap = 1.0 / rate;
            for pair in dues.windows(2) {
                let wide = pair[1].as_secs_f64() - pair[0].as_secs_f64();
                prop_assert!((wide - gap).abs() <= 3e-9 + exact * 1e-12);
            }
        }
    }

    #[test]
    fn without_a_pace_nothing_is_ever_due_later() {
        assert_eq!(Pacer::new(ReplayPace::Max).due(None), None);
    }
}
