//! The durations of sessions, and of the cycles from one session of a user to the next.

use crate::behavior::{Behavior, EDGE_MS, HumanRanges, LOAD_MS, Pace};

use super::renewal::Distribution;

/// The duration of a session: a mixture over its number of pages, kept within bounds.
pub(super) struct SessionLength {
    parts: Vec<Part>,
    pub(super) bounds: Option<(f64, f64)>,
}

/// The sessions of one number of pages: their share, and mean and variance of their length.
struct Part {
    share: f64,
    mean: f64,
    deviation: f64,
}

/// The most parts of a mixture.
const MOST_PARTS: usize = 64;

/// Neighbouring parts put together, so that thousands of page counts cost no more than a few.
fn grouped(parts: &[Part]) -> Vec<Part> {
    parts
        .chunks(parts.len().div_ceil(MOST_PARTS).max(1))
        .map(|group| {
            let share: f64 = group.iter().map(|part| part.share).sum();
            let average = |value: &dyn Fn(&Part) -> f64| {
                group.iter().map(|part| part.share * value(part)).sum::<f64>()
                    / share.max(f64::MIN_POSITIVE)
            };
            let mean = average(&|part| part.mean);
            let variance = average(&|part| part.deviation.powi(2) + (part.mean - mean).powi(2));
            Part { share, mean, deviation: variance.sqrt() }
        })
        .filter(|part| part.share > 0.0)
        .collect()
}

/// Intervals of a grid over a distribution.
const CELLS: u32 = 2_048;

impl SessionLength {
    fn human(behavior: &Behavior, ranges: &HumanRanges) -> Self {
        let parts = behavior.page_count.probabilities().map(|(pages, share)| {
            let (pages, loads) = (f64::from(pages), f64::from(pages.saturating_sub(1)));
            let mean =
                2.0 * EDGE_MS as f64 + pages * middle(ranges.page_ms) + loads * middle(LOAD_MS);
            let variance = pages * spread(ranges.page_ms) + loads * spread(LOAD_MS);
            Part { share, mean, deviation: variance.sqrt() }
        });
        let bounds = Some((ranges.session_ms.0 as f64, ranges.session_ms.1 as f64));
        Self { parts: grouped(&parts.collect::<Vec<_>>()), bounds }
    }

    /// With a fixed pace a session takes one interval an event.
    fn fixed(behavior: &Behavior, interval: (u64, u64)) -> Self {
        let leaves = |probability: f64| probability * (1.0 - probability);
        let left = behavior.navigates.probability()
            + (1.0 - behavior.navigates.probability()) * behavior.closes.probability();
        let ends = behavior.ends.probability();
        let page_variance = behavior.action_count.variance() + leaves(left);
        let parts = behavior.page_count.probabilities().map(|(pages, share)| {
            let pages = f64::from(pages);
            let events = 1.0 + pages * (1.0 + behavior.action_count.mean() + left) + ends;
            let count_variance = pages * page_variance + leaves(ends);
            let deviation = events * spread(interval) + count_variance * middle(interval).powi(2);
            Part { share, mean: events * middle(interval), deviation: deviation.sqrt() }
        });
        Self { parts: grouped(&parts.collect::<Vec<_>>()), bounds: None }
    }

    /// P(length <= t) before the bounds are enforced.
    pub(super) fn raw_cumulative(&self, t_ms: f64) -> f64 {
        let normal = |part: &Part| match part.deviation {
            0.0 => f64::from(u8::from(t_ms >= part.mean)),
            deviation => {
                0.5 * libm::erfc((part.mean - t_ms) / (deviation * std::f64::consts::SQRT_2))
            }
        };
        self.parts.iter().map(|part| part.share * normal(part)).sum()
    }

    fn ends(&self) -> (f64, f64) {
        const DEVIATIONS: f64 = 6.0;
        // Beyond what the parts reach there is nothing, however far away a bound is.
        let reach = |part: &Part| part.mean + DEVIATIONS * part.deviation;
        let reached = self.parts.iter().map(reach).fold(0.0, f64::max);
        let (low, high) = self.bounds.unwrap_or((0.0, f64::INFINITY));
        (low, high.min(reached.max(low)))
    }

    /// The integral of `weight(t) * P(length > t)` between the bounds.
    fn tail_integral(&self, weight: impl Fn(f64) -> f64) -> f64 {
        let (low, high) = self.ends();
        let step = (high - low) / f64::from(CELLS);
        let points = (0..CELLS).map(|cell| low + (f64::from(cell) + 0.5) * step);
        points.map(|t| weight(t) * (1.0 - self.raw_cumulative(t)) * step).sum()
    }
}

impl Distribution for SessionLength {
    fn cumulative(&self, t_ms: f64) -> f64 {
        let (low, high) = self.ends();
        if t_ms < low {
            0.0
        } else if t_ms >= high {
            1.0
        } else {
            self.raw_cumulative(t_ms)
        }
    }

    fn mean_ms(&self) -> f64 {
        self.ends().0 + self.tail_integral(|_| 1.0)
    }

    fn variance_ms2(&self) -> f64 {
        let low = self.ends().0;
        let (first, second) =
            (self.tail_integral(|_| 1.0), self.tail_integral(|t| 2.0 * (t - low)));
        (second - first * first).max(0.0)
    }
}

/// A session and the time until the user's next one.
pub(super) struct Cycle {
    pub(super) session: SessionLength,
    gap_ms: (u64, u64),
}

impl Cycle {
    /// The cycle of a behavior's users.
    pub(super) fn of(behavior: &Behavior) -> Self {
        match behavior.pace {
            Pace::Human(ranges) => Self {
                session: SessionLength::human(behavior, &ranges),
                gap_ms: ranges.between_sessions_ms,
            },
            // The gap to the next session is the last event's own interval.
            Pace::Fixed { shortest_ms, longest_ms } => Self {
                session: SessionLength::fixed(behavior, (shortest_ms, longest_ms)),
                gap_ms: (0, 0),
            },
        }
    }
}

impl Distribution for Cycle {
    fn cumulative(&self, t_ms: f64) -> f64 {
        const GAPS: u32 = 16;
        let (low, high) = (self.gap_ms.0 as f64, self.gap_ms.1 as f64);
        let gap = |point: u32| low + (f64::from(point) + 0.5) / f64::from(GAPS) * (high - low);
        (0..GAPS).map(|point| self.session.cumulative(t_ms - gap(point))).sum::<f64>()
            / f64::from(GAPS)
    }

    fn mean_ms(&self) -> f64 {
        self.session.mean_ms() + middle(self.gap_ms)
    }

    fn variance_ms2(&self) -> f64 {
        self.session.variance_ms2() + spread(self.gap_ms)
    }
}

/// The mean of a uniform distribution.
fn middle((low, high): (u64, u64)) -> f64 {
    f64::midpoint(low as f64, high as f64)
}

/// The variance of a uniform distribution.
fn spread((low, high): (u64, u64)) -> f64 {
    (high as f64 - low as f64).powi(2) / 12.0
}
