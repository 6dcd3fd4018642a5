//! Renewals: the number of times that a thing happens again when its intervals are random.

use crate::behavior::mean;

/// Grid points for the renewal equation.
const POINTS: usize = 4_096;

/// From so many mean intervals on, the limit is as good as the equation.
const LIMIT_INTERVALS: f64 = 60.0;

/// The expected number of renewals within time `t` of a renewal, for all `t` up to a horizon.
///
/// It solves the renewal equation `m(t) = F(t) + integral of m(t - x) dF(x)` on a grid, and for long
/// horizons takes the limit `t / mu + (sigma^2 - mu^2) / (2 mu^2)` (Cox, "Renewal Theory", 1962).
pub(super) struct Renewals {
    step_ms: f64,
    expected: Vec<f64>,
    limit: Option<(f64, f64)>,
}

impl Renewals {
    /// The renewals of intervals as they were sampled, in milliseconds.
    pub(super) fn new(intervals_ms: &[f64], horizon_ms: f64) -> Self {
        let mean_ms = mean(intervals_ms.iter().copied()).max(f64::MIN_POSITIVE);
        if horizon_ms > mean_ms * LIMIT_INTERVALS {
            let squares = intervals_ms.iter().map(|x| (x - mean_ms) * (x - mean_ms));
            let offset = (mean(squares) / (mean_ms * mean_ms) - 1.0) / 2.0;
            return Self { step_ms: 0.0, expected: Vec::new(), limit: Some((mean_ms, offset)) };
        }
        let step_ms = horizon_ms.max(1.0) / (POINTS - 1) as f64;
        let mut masses = vec![0.0; POINTS];
        let mass = 1.0 / intervals_ms.len() as f64;
        for interval_ms in intervals_ms {
            // Longer ones end beyond the horizon.
            if let Some(cell) = masses.get_mut((interval_ms / step_ms + 0.5) as usize) {
                *cell += mass;
            }
        }
        let mut expected: Vec<f64> = Vec::with_capacity(POINTS);
        for point in 0..POINTS {
            let renewed: f64 = masses[1..=point]
                .iter()
                .zip(expected[..point].iter().rev())
                .map(|(mass, later)| mass * (1.0 + later))
                .sum();
            // A mass at 0 renews at once: solve for the point itself.
            expected.push((masses[0] + renewed) / (1.0 - masses[0]).max(f64::MIN_POSITIVE));
        }
        Self { step_ms, expected, limit: None }
    }

    /// The distance of two points of the grid; 0 if there is none.
    pub(super) fn step_ms(&self) -> f64 {
        self.step_ms
    }

    /// Renewals within `t_ms`, on average.
    pub(super) fn within(&self, t_ms: f64) -> f64 {
        if t_ms <= 0.0 {
            return 0.0;
        }
        if let Some((mean, offset)) = self.limit {
            return (t_ms / mean + offset).max(0.0);
        }
        let place = t_ms / self.step_ms;
        let below = (place as usize).min(self.expected.len() - 1);
        let above = (below + 1).min(self.expected.len() - 1);
        let share = place - below as f64;
        self.expected[below] + share * (self.expected[above] - self.expected[below])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponential intervals make a Poisson process: t / mean renewals within t.
    #[test]
    fn exponential_intervals_renew_in_proportion_to_time() {
        const INTERVALS: u32 = 20_000;
        let quantile = |i: u32| (f64::from(i) + 0.5) / f64::from(INTERVALS);
        let intervals: Vec<f64> =
            (0..INTERVALS).map(|i| -1_000.0 * libm::log(1.0 - quantile(i))).collect();
        for horizon in [500.0, 50_000.0, 5_000_000.0] {
            let renewals = Renewals::new(&intervals, horizon);
            let expected = horizon / 1_000.0;
            let error = (renewals.within(horizon) - expected).abs() / expected;
            assert!(error < 0.005, "{horizon}: {} {expected}", renewals.within(horizon));
        }
    }
}
