//! Renewals: the number of times that a thing happens again when its intervals are random.

/// The distribution of a non-negative duration, in milliseconds.
pub(super) trait Distribution {
    /// P(duration <= t).
    fn cumulative(&self, t_ms: f64) -> f64;
    fn mean_ms(&self) -> f64;
    fn variance_ms2(&self) -> f64;
}

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
    pub(super) fn new(interval: &impl Distribution, horizon_ms: f64) -> Self {
        let mean = interval.mean_ms().max(f64::MIN_POSITIVE);
        if horizon_ms > mean * LIMIT_INTERVALS {
            let offset = (interval.variance_ms2() / (mean * mean) - 1.0) / 2.0;
            return Self { step_ms: 0.0, expected: Vec::new(), limit: Some((mean, offset)) };
        }
        let step_ms = horizon_ms.max(1.0) / (POINTS - 1) as f64;
        let up_to = |cell: usize| interval.cumulative((cell as f64 + 0.5) * step_ms);
        let mut masses = vec![up_to(0)];
        masses.extend((1..POINTS).map(|cell| up_to(cell) - up_to(cell - 1)));
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
    struct Exponential(f64);

    impl Distribution for Exponential {
        fn cumulative(&self, t_ms: f64) -> f64 {
            1.0 - libm::exp(-t_ms / self.0)
        }
        fn mean_ms(&self) -> f64 {
            self.0
        }
        fn variance_ms2(&self) -> f64 {
            self.0 * self.0
        }
    }

    #[test]
    fn exponential_intervals_renew_in_proportion_to_time() {
        for horizon in [500.0, 50_000.0, 5_000_000.0] {
            let renewals = Renewals::new(&Exponential(1_000.0), horizon);
            let expected = horizon / 1_000.0;
            let error = (renewals.within(horizon) - expected).abs() / expected;
            assert!(error < 0.005, "{horizon}: {} {expected}", renewals.within(horizon));
        }
    }
}
