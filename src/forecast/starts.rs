//! The expected number of sessions that have started by a moment.

use crate::behavior::{SampledSession, mean};
use crate::population::{MAX_SESSIONS, Population};
use crate::scenario::FirstStarts;

use super::renewal::Renewals;

/// Points over which users' first starts are averaged.
const RAMP_POINTS: u32 = 64;

/// The sessions of a run that has an end: each user's first, and its renewals from then on, averaged
/// over the ramp-up.
pub(super) struct SessionStarts<'a> {
    population: &'a Population,
    duration_ms: f64,
    mean_cycle_ms: f64,
    renewals: Renewals,
}

impl<'a> SessionStarts<'a> {
    /// The starts of a run; none if it has no end.
    pub(super) fn new(population: &'a Population, sessions: &[SampledSession]) -> Option<Self> {
        let duration_ms = population.duration_ms? as f64;
        let cycles_ms: Vec<f64> =
            sessions.iter().map(|session| session.until_next_ms as f64).collect();
        let mean_cycle_ms = mean(cycles_ms.iter().copied()).max(1.0);
        let renewals = Renewals::new(&cycles_ms, duration_ms);
        Some(Self { population, duration_ms, mean_cycle_ms, renewals })
    }

    /// Sessions in all.
    pub(super) fn in_all(&self) -> f64 {
        self.before_end(0)
    }

    /// Sessions that start earlier than `before_ms` milliseconds before the end.
    pub(super) fn before_end(&self, before_ms: u64) -> f64 {
        let until_ms = self.duration_ms - before_ms as f64;
        if until_ms <= 0.0 {
            return 0.0;
        }
        let users = f64::from(self.population.users);
        if self.population.first_starts() == FirstStarts::Stationary {
            // In equilibrium every moment is as likely a start as another.
            return users * (until_ms / self.mean_cycle_ms).min(f64::from(MAX_SESSIONS));
        }
        let ramp_up_ms = self.population.ramp_up_ms.max(1) as f64;
        // In a run shorter than its ramp-up only some of the users come.
        let starts_ms = ramp_up_ms.min(until_ms);
        let per_user = (0..RAMP_POINTS)
            .map(|point| (f64::from(point) + 0.5) / f64::from(RAMP_POINTS) * starts_ms)
            .map(|start_ms| 1.0 + self.renewals.within(until_ms - start_ms))
            .sum::<f64>()
            / f64::from(RAMP_POINTS);
        let come = users * starts_ms / ramp_up_ms;
        come * per_user.min(f64::from(MAX_SESSIONS))
    }
}
