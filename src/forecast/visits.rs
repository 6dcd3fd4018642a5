//! What a user is expected to do by its age.

use crate::behavior::mean;
use crate::population::{Pacing, Survival};

use super::renewal::Renewals;

/// Points of a curve, closer together where ages are small.
const POINTS: usize = 8_192;
/// The mean cycles that are solved for; after them the limit is as good.
const SOLVED_CYCLES: f64 = 59.0;
const MS_PER_DAY: f64 = 86_400_000.0;

/// A function of a user's age, in milliseconds of average traffic, by its values on a grid, straight in between.
pub(super) struct AgeCurve {
    horizon_ms: f64,
    values: Vec<f64>,
    /// By point: the integral up to it.
    integral: Vec<f64>,
}

/// The sessions that a user is expected to have started by an age, and whether it is still a user.
pub(super) struct Visits {
    pub(super) sessions: AgeCurve,
    pub(super) presence: AgeCurve,
}

impl Visits {
    /// The visits of users with cycles as they were sampled, at each of some paces. A session is counted if its user
    /// has not left: with the renewals `m` and the survival `S`, `1 + integral of S dm`.
    pub(super) fn new(
        cycles_ms: &[f64],
        pacings: &[Pacing],
        survival: Option<&Survival>,
        horizon_ms: f64,
    ) -> Self {
        let horizon_ms = horizon_ms.max(1.0);
        let share =
            |age_ms: f64| survival.map_or(1.0, |survival| survival.share_at(age_ms / MS_PER_DAY));
        let ages: Vec<f64> = (0..POINTS).map(|point| age_at(point, horizon_ms)).collect();
        let mut sessions = vec![1.0; POINTS];
        for pacing in pacings {
            let cycles_ms: Vec<f64> = cycles_ms.iter().map(|ms| ms * pacing.factor()).collect();
            let mean_ms = mean(cycles_ms.iter().copied()).max(1.0);
            let solved_ms = horizon_ms.min(SOLVED_CYCLES * mean_ms);
            let near = Renewals::new(&cycles_ms, solved_ms);
            // At a point of the grid it has the renewals until half a step later.
            let half_ms = near.step_ms() / 2.0;
            let at_once = near.within(f64::MIN_POSITIVE);
            let within = |ms: f64| match ms.min(solved_ms) {
                early_ms if early_ms < half_ms => at_once * early_ms / half_ms,
                early_ms => near.within(early_ms - half_ms) + (ms - early_ms) / mean_ms,
            };
            let mut sum = 0.0;
            for point in 1..POINTS {
                let [from, to] = [ages[point - 1], ages[point]];
                sum += (within(to) - within(from)) * share(f64::midpoint(from, to));
                sessions[point] += sum / pacings.len() as f64;
            }
        }
        let presence = ages.iter().map(|age| share(*age)).collect();
        Self {
            sessions: AgeCurve::new(horizon_ms, sessions, &ages),
            presence: AgeCurve::new(horizon_ms, presence, &ages),
        }
    }
}

fn age_at(point: usize, horizon_ms: f64) -> f64 {
    let place = point as f64 / (POINTS - 1) as f64;
    horizon_ms * place * place * place
}

impl AgeCurve {
    fn new(horizon_ms: f64, values: Vec<f64>, ages: &[f64]) -> Self {
        let mut integral = vec![0.0; values.len()];
        for point in 1..values.len() {
            let mean = f64::midpoint(values[point - 1], values[point]);
            integral[point] = integral[point - 1] + mean * (ages[point] - ages[point - 1]);
        }
        Self { horizon_ms, values, integral }
    }

    /// The point at or before an age, and the time since.
    fn place(&self, age_ms: f64) -> (usize, f64) {
        let place = libm::cbrt((age_ms / self.horizon_ms).clamp(0.0, 1.0));
        let point = ((place * (POINTS - 1) as f64) as usize).min(POINTS - 2);
        (point, age_ms - age_at(point, self.horizon_ms))
    }

    fn slope(&self, point: usize) -> f64 {
        let width = age_at(point + 1, self.horizon_ms) - age_at(point, self.horizon_ms);
        (self.values[point + 1] - self.values[point]) / width
    }

    fn integral(&self, age_ms: f64) -> f64 {
        let (point, since_ms) = self.place(age_ms);
        let value = self.values[point] + self.slope(point) * since_ms / 2.0;
        self.integral[point] + value * since_ms
    }

    /// The mean over users who come evenly within `come_ms`, the first of them `age_ms` ago; those who have not come yet
    /// count as 0.
    pub(super) fn mean(&self, age_ms: f64, come_ms: f64) -> f64 {
        // Where all come at about the same time, a difference of integrals would not be exact.
        const AT_ONCE: f64 = 1e-6;
        if age_ms <= 0.0 {
            return 0.0;
        }
        if come_ms < age_ms * AT_ONCE {
            let (point, since_ms) = self.place(age_ms);
            return self.values[point] + self.slope(point) * since_ms;
        }
        (self.integral(age_ms) - self.integral((age_ms - come_ms).max(0.0))) / come_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exponential cycles are those of a Poisson process, and half of the users leave before their second session.
    #[test]
    fn visits_are_those_of_a_poisson_process_of_users_who_leave() {
        const DAY: f64 = MS_PER_DAY;
        let cycle = |i: i32| -DAY * libm::log(1.0 - (f64::from(i) + 0.5) / 16_384.0);
        let cycles: Vec<f64> = (0..16_384).map(cycle).collect();
        for horizon in [10.0, 300.0] {
            let survival = Survival::new(&[(1, 0.5)]);
            let pacing = [Pacing::AVERAGE];
            let all = Visits::new(&cycles, &pacing, None, horizon * DAY);
            let left = Visits::new(&cycles, &pacing, survival.as_ref(), horizon * DAY);
            for days in [0.5, 3.0, 9.0] {
                let found = all.sessions.mean(days * DAY, 1.0) / (1.0 + days);
                assert!((found - 1.0).abs() < 3e-3, "{horizon} {days}: {found}");
                // The share left after `t` days is 1 / (1 + t).
                let found = left.sessions.mean(days * DAY, 1.0) / (1.0 + libm::log1p(days));
                assert!((found - 1.0).abs() < 3e-3, "{horizon} {days}: {found}");
            }
            // Of users who come within 4 days, 3 of 4 have come after 3.
            let found = all.sessions.mean(3.0 * DAY, 4.0 * DAY);
            assert!((found / (0.75 + 4.5 / 4.0) - 1.0).abs() < 3e-3, "{found}");
            let found = left.presence.mean(3.0 * DAY, 4.0 * DAY);
            assert!((found / (libm::log(4.0) / 4.0) - 1.0).abs() < 3e-3, "{found}");
        }
    }
}
