//! The expected number of sessions that have started by a moment.

use crate::behavior::{Behavior, SampledSession, mean};
use crate::population::{MAX_SESSIONS, Population, Survival, TICKS_PER_MS};
use crate::random::AspectDraws;
use crate::scenario::FirstStarts;
use crate::time::VirtualTime;

use super::renewal::Renewals;
use super::visits::Visits;

/// Points over which users' first starts are averaged.
const RAMP_POINTS: u32 = 64;

/// The sessions of a run that has an end: each user's first, and its renewals from then on, averaged
/// over the ramp-up.
pub(super) struct SessionStarts<'a> {
    population: &'a Population,
    duration_ms: f64,
    cycles_ms: Vec<f64>,
    mean_cycle_ms: f64,
    /// The standard error of that mean.
    cycle_error_ms: f64,
    course: Course,
}

/// What users are expected to do from their first start on.
enum Course {
    /// They come again and again.
    Renewals(Renewals),
    /// The same, at a pace of their own, until they leave.
    Visits(Visits),
}

/// The users by a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UsersBy {
    /// Those who have come for the first time; nobody where all have been there for ever.
    pub(super) come: f64,
    /// Those who have come and not left for good.
    pub(super) present: f64,
}

impl<'a> SessionStarts<'a> {
    /// The starts of a run; none if it has no end.
    pub(super) fn new(
        population: &'a Population,
        behavior: &Behavior,
        sessions: &[SampledSession],
    ) -> Option<Self> {
        let duration_ms = population.duration_ms? as f64;
        let cycles_ms: Vec<f64> = match population.traffic() {
            None => sessions.iter().map(|session| session.until_next_ms as f64).collect(),
            Some(_) => behavior.even_cycles_ms(sessions),
        };
        let mean_cycle_ms = mean(cycles_ms.iter().copied()).max(1.0);
        let cycle_error_ms = match population.traffic() {
            None => standard_error(&cycles_ms),
            Some(_) => standard_error(&behavior.sampled_of_even_cycles_ms(sessions)),
        };
        let course = match population.traffic() {
            None => Course::Renewals(Renewals::new(&cycles_ms, duration_ms)),
            Some(traffic) => {
                let horizons = traffic.clocks().map(|(clock, _)| {
                    clock.ticks(after(population, duration_ms as u64)) / TICKS_PER_MS
                });
                let horizon_ms = horizons.max().unwrap_or_default() as f64;
                let (pacings, survival) = (traffic.pacings(), traffic.survival());
                Course::Visits(Visits::new(&cycles_ms, &pacings, survival, horizon_ms))
            }
        };
        Some(Self { population, duration_ms, cycles_ms, mean_cycle_ms, cycle_error_ms, course })
    }

    /// Sessions in all.
    pub(super) fn in_all(&self) -> f64 {
        self.before_end(0)
    }

    /// The relative standard error of the sessions in all, which have one since times between sessions are sampled: to
    /// first order that of the mean time, for the part of the sessions that are not their users' first.
    pub(super) fn relative_error(&self) -> f64 {
        let in_all = self.in_all();
        if in_all <= 0.0 {
            return 0.0;
        }
        let first = match self.population.first_starts() {
            FirstStarts::Stationary => 0.0,
            FirstStarts::RampUp => self.come_by(self.duration_ms as u64),
        };
        self.cycle_error_ms / self.mean_cycle_ms * (1.0 - first / in_all).max(0.0)
    }

    /// Sessions that start earlier than `before_ms` milliseconds before the end.
    pub(super) fn before_end(&self, before_ms: u64) -> f64 {
        let until_ms = self.duration_ms - before_ms as f64;
        if until_ms <= 0.0 { 0.0 } else { self.by(until_ms as u64) }
    }

    /// The sessions of one user, which these draws mean.
    pub(super) fn of_one(&self, draws: AspectDraws) -> u32 {
        const POINTS: f64 = (1_u64 << 53) as f64;
        let part = |place: u64| (draws.at(place) >> 11) as f64 / POINTS;
        let cycle = |place| self.cycles_ms[(part(place) * self.cycles_ms.len() as f64) as usize];
        let (mut end_ms, mut come_ms) = (self.duration_ms, self.population.ramp_up_ms as f64);
        let (mut pace, mut stays_ms) = (1.0, f64::INFINITY);
        if let Some(traffic) = self.population.traffic() {
            let end = after(self.population, self.duration_ms as u64);
            let mut left = part(0);
            let mut clocks = traffic.clocks();
            let clock = clocks.find(|(_, share)| {
                left -= share;
                left < 0.0
            });
            end_ms = clock.map_or(end_ms, |(clock, _)| in_average_ms(clock.ticks(end)));
            come_ms = self.population.come_ms();
            let pacings = traffic.pacings();
            pace = pacings[(part(1) * pacings.len() as f64) as usize].factor();
            let stay = |survival: &Survival| in_average_ms(survival.leaves_at(draws.at(2)));
            stays_ms = traffic.survival().map_or(stays_ms, stay);
        }
        let is_stationary = self.population.first_starts() == FirstStarts::Stationary;
        let first_ms = part(3) * if is_stationary { cycle(4) * pace } else { come_ms };
        let (mut age_ms, mut count) = (0.0, 0);
        while first_ms + age_ms < end_ms
            && (count == 0 || age_ms < stays_ms)
            && count < MAX_SESSIONS
        {
            count += 1;
            age_ms += cycle(4 + u64::from(count)) * pace;
        }
        count
    }

    /// Sessions that start in the first `ms` milliseconds of the run.
    pub(super) fn by(&self, ms: u64) -> f64 {
        self.over_clocks(ms, |average_ms| self.in_average_traffic(average_ms))
    }

    /// Users who have come, and those of them who are still there, after `ms` milliseconds of the run.
    pub(super) fn users_by(&self, ms: u64) -> UsersBy {
        let users = f64::from(self.population.users);
        let Course::Visits(visits) = &self.course else { return UsersBy::default() };
        if self.population.first_starts() == FirstStarts::Stationary {
            return UsersBy { come: 0.0, present: users };
        }
        let come_ms = self.population.come_ms();
        let presence = |average_ms| users * visits.presence.mean(average_ms, come_ms);
        UsersBy { come: self.come_by(ms), present: self.over_clocks(ms, presence) }
    }

    /// Users who have come for the first time after `ms` milliseconds of the run.
    fn come_by(&self, ms: u64) -> f64 {
        let come_ms = self.population.come_ms().max(1.0);
        let share = |average_ms: f64| (average_ms / come_ms).min(1.0);
        f64::from(self.population.users) * self.over_clocks(ms, share)
    }

    /// A function of the milliseconds of average traffic in the first `ms` milliseconds of the run, as it is on average
    /// over users.
    fn over_clocks(&self, ms: u64, of: impl Fn(f64) -> f64) -> f64 {
        let Some(traffic) = self.population.traffic() else { return of(ms as f64) };
        let time = after(self.population, ms);
        let of_clock = |ticks: u64| of(in_average_ms(ticks));
        traffic.clocks().map(|(clock, share)| share * of_clock(clock.ticks(time))).sum()
    }

    fn in_average_traffic(&self, until_ms: f64) -> f64 {
        let users = f64::from(self.population.users);
        if self.population.first_starts() == FirstStarts::Stationary {
            // In equilibrium every moment is as likely a start as another.
            return users * (until_ms / self.mean_cycle_ms).min(f64::from(MAX_SESSIONS));
        }
        let renewals = match &self.course {
            Course::Renewals(renewals) => renewals,
            Course::Visits(visits) => {
                return users * visits.sessions.mean(until_ms, self.population.come_ms());
            }
        };
        let ramp_up_ms = self.population.ramp_up_ms.max(1) as f64;
        // In a run shorter than its ramp-up only some of the users come.
        let starts_ms = ramp_up_ms.min(until_ms);
        let per_user = (0..RAMP_POINTS)
            .map(|point| (f64::from(point) + 0.5) / f64::from(RAMP_POINTS) * starts_ms)
            .map(|start_ms| 1.0 + renewals.within(until_ms - start_ms))
            .sum::<f64>()
            / f64::from(RAMP_POINTS);
        let come = users * starts_ms / ramp_up_ms;
        come * per_user.min(f64::from(MAX_SESSIONS))
    }
}

/// The standard error of the mean of independent values.
fn standard_error(values: &[f64]) -> f64 {
    let mean_of_all = mean(values.iter().copied());
    let squares = values.iter().map(|value| (value - mean_of_all) * (value - mean_of_all));
    libm::sqrt(mean(squares) / values.len().max(1) as f64)
}

/// Ticks as milliseconds of average traffic.
fn in_average_ms(ticks: u64) -> f64 {
    ticks as f64 / TICKS_PER_MS as f64
}

/// The moment so many milliseconds after the start of a run; the end of virtual time if that is earlier.
fn after(population: &Population, ms: u64) -> VirtualTime {
    population.start.checked_add_millis(ms).unwrap_or(VirtualTime::MAX)
}
