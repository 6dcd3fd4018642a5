//! The shapes of times within their ranges.

use crate::random::{Continuous, QuantileTable, Truncated, uniform};
use crate::scenario::{Problem, Scenario};

const MS_PER_SECOND: f64 = 1_000.0;
/// The part of a log-normal distribution below its second parameter.
const P90: f64 = 0.9;

/// The shape of a time that is drawn within a range.
#[derive(Clone, Debug)]
pub(super) enum TimeShape {
    Uniform,
    LogNormal(QuantileTable),
}

/// The shapes of the times of a session.
#[derive(Clone, Debug)]
pub(super) struct TimeShapes {
    pub(super) page: TimeShape,
    pub(super) between_sessions: TimeShape,
}

impl TimeShapes {
    /// The shapes that a scenario asks for; none, with problems, if its ranges leave nothing of them.
    pub(super) fn new(scenario: &Scenario, problems: &mut Vec<Problem>) -> Option<Self> {
        let (shapes, ranges) = (&scenario.distributions, &scenario.user_behavior);
        let page = TimeShape::new(
            "time_per_page",
            (shapes.time_per_page_median, shapes.time_per_page_p90),
            (ranges.time_per_page_min, ranges.time_per_page_max),
            problems,
        );
        let between_sessions = TimeShape::new(
            "time_between_sessions",
            (shapes.time_between_sessions_median, shapes.time_between_sessions_p90),
            (ranges.time_between_sessions_min, ranges.time_between_sessions_max),
            problems,
        );
        Some(Self { page: page?, between_sessions: between_sessions? })
    }

    /// The time from a session's end to the user's next one, within a range, that 64 random bits mean.
    pub(super) fn gap_ms(&self, bits: u64, (shortest_ms, longest_ms): (u64, u64)) -> u64 {
        self.between_sessions.sample(bits, shortest_ms, longest_ms)
    }
}

impl TimeShape {
    /// The shape of the time called `key`, all in seconds; a median of 0 asks for none.
    fn new(
        key: &str,
        (median, p90): (f64, f64),
        (least, most): (f64, f64),
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        if median <= 0.0 && p90 <= 0.0 {
            return Some(Self::Uniform);
        }
        let mut refuse = |reason: String| {
            problems.push(Problem::error(format!("distributions.{key}_median"), reason));
        };
        let Some(law) = log_normal(median, p90) else {
            refuse(format!(
                "a log-normal distribution needs a median above 0 and a p90 above that, found {median} and {p90}"
            ));
            return None;
        };
        let Ok(law) = Truncated::new(law, Some(least), Some(most)) else {
            refuse(format!(
                "between {key}_min, {least}, and {key}_max, {most}, lies next to nothing of a log-normal \
                 distribution with median {median} and p90 {p90}"
            ));
            return None;
        };
        Some(Self::LogNormal(QuantileTable::new(&law, MS_PER_SECOND)))
    }

    /// The log-normal shape of a dwell, all in seconds; or what is wrong with it.
    pub(super) fn log_normal(
        (median, p90): (f64, f64),
        (least, most): (f64, f64),
    ) -> Result<Self, String> {
        let law = log_normal(median, p90)
            .and_then(|law| Truncated::new(law, Some(least), Some(most)).ok());
        law.map(|law| Self::LogNormal(QuantileTable::new(&law, MS_PER_SECOND))).ok_or_else(|| {
            format!(
                "between {least} s and {most} s lies next to nothing of a log-normal dwell with \
                 median {median} s and p90 {p90} s"
            )
        })
    }

    /// The milliseconds, within bounds, that 64 random bits mean.
    #[inline]
    pub(super) fn sample(&self, bits: u64, shortest_ms: u64, longest_ms: u64) -> u64 {
        match self {
            Self::Uniform => uniform(bits, shortest_ms, longest_ms),
            Self::LogNormal(table) => {
                (table.sample(bits) as u64).clamp(shortest_ms, longest_ms.max(shortest_ms))
            }
        }
    }
}

fn log_normal(median: f64, p90: f64) -> Option<Continuous> {
    Continuous::log_normal(median, P90, p90).ok().filter(|_| median > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Aspect, RngStreams};

    fn shapes(change: impl FnOnce(&mut Scenario)) -> (Option<TimeShapes>, Vec<Problem>) {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        let mut problems = Vec::new();
        (TimeShapes::new(&scenario, &mut problems), problems)
    }

    /// Of 100,000 draws a half and nine tenths lie below: a correct shape is off by 0.008 less than once in a
    /// million.
    #[test]
    fn times_have_their_median_and_their_p90() {
        let (shapes, _) = shapes(|scenario| {
            scenario.user_behavior.time_per_page_min = 0.001;
            scenario.user_behavior.time_per_page_max = 1e6;
            scenario.distributions.time_per_page_median = 20.0;
            scenario.distributions.time_per_page_p90 = 70.0;
        });
        let draws = RngStreams::new(1).for_session(0, 0).of(Aspect::Dwell);
        let times: Vec<u64> = (0..100_000)
            .map(|n| shapes.as_ref().unwrap().page.sample(draws.at(n), 1, 1_000_000_000))
            .collect();
        for (bound_ms, wanted) in [(20_000, 0.5), (70_000, 0.9)] {
            let below = times.iter().filter(|time| **time < bound_ms).count() as f64 / 1e5;
            assert!((below - wanted).abs() < 0.008, "{below} below {bound_ms}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_numbers() {
        for (median, p90, says) in [
            (20.0, 0.0, "found 20 and 0"),
            (0.0, 20.0, "found 0 and 20"),
            (20.0, 20.0, "found 20 and 20"),
            (0.001, 0.002, "between time_per_page_min, 10, and time_per_page_max, 120"),
        ] {
            let (found, problems) = shapes(|scenario| {
                scenario.distributions.time_per_page_median = median;
                scenario.distributions.time_per_page_p90 = p90;
            });
            assert!(found.is_none() && problems[0].message.contains(says), "{problems:?}");
        }
    }
}
