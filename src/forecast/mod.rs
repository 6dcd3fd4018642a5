//! The forecast: what a simulation gives, in closed form.

mod cycle;
mod frequency;
mod renewal;
mod size;

use serde::Serialize;

use crate::model::Model;
use crate::random::TruncatedGeometric;

use cycle::{Cycle, SessionLength};
use frequency::events_by_kind;
use renewal::{Distribution, Renewals};

pub use size::expected_bytes_per_session;

/// The means, mix, rates and totals that a scenario gives.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Pages in a session, on average.
    pub pages_per_session: f64,
    /// Actions on a page, on average.
    pub actions_per_page: f64,
    /// Events in a session, on average.
    pub events_per_session: f64,
    /// The duration of a session, on average.
    pub session_seconds: f64,
    /// The time until the same user comes back, from start to start, on average.
    pub cycle_seconds: f64,
    /// Each event type's share of all events.
    pub mix: Vec<(String, f64)>,
    /// Events a second of virtual time once all users are there.
    pub events_per_second: f64,
    /// Sessions in all; none without an end.
    pub sessions: Option<f64>,
    /// Events in all; none without an end.
    pub events: Option<f64>,
    /// The time from the start of the run within which the last session has ended; none without an end.
    pub last_end_seconds: Option<f64>,
    /// The bounds of the scenario that bind, and how.
    pub binding: Vec<String>,
}

/// The rate at which the events of a run come, once all users are there.
#[derive(Clone, Copy, Debug)]
pub struct EventRate {
    /// Events of all users in a millisecond of virtual time.
    pub events_per_ms: f64,
    /// The time from the start of a session to the start of the same user's next one, on average.
    pub cycle_ms: f64,
}

/// Shares of sessions below this are not worth a line.
const WORTH_SAYING: f64 = 0.001;

impl Model {
    /// The forecast of a run: means, mix, rates and totals.
    ///
    /// Session durations are taken as normal around their exact mean for a given number of pages,
    /// which is within a few percent from two pages on.
    pub fn forecast(&self) -> Forecast {
        let behavior = self.behavior();
        let cycle = Cycle::of(behavior);
        let events_per_session = self.events_per_session();
        let sessions = self.expected_sessions(&cycle);
        let longest_session_ms = behavior.longest_session_ms as f64;
        let ms = 1_000.0;
        Forecast {
            pages_per_session: behavior.page_count.mean(),
            actions_per_page: behavior.action_count.mean(),
            events_per_session,
            session_seconds: cycle.session.mean_ms() / ms,
            cycle_seconds: cycle.mean_ms() / ms,
            mix: self.expected_mix(),
            events_per_second: f64::from(self.users()) * events_per_session / cycle.mean_ms() * ms,
            sessions,
            events: sessions.map(|sessions| sessions * events_per_session),
            last_end_seconds: self
                .population()
                .duration_ms
                .map(|duration_ms| (duration_ms as f64 + longest_session_ms) / ms),
            binding: self.binding(&cycle.session),
        }
    }

    /// The rate at which events come.
    pub fn rate(&self) -> EventRate {
        let cycle_ms = Cycle::of(self.behavior()).mean_ms();
        let events_per_cycle = f64::from(self.users()) * self.events_per_session();
        EventRate { events_per_ms: events_per_cycle / cycle_ms.max(1.0), cycle_ms }
    }

    fn events_per_session(&self) -> f64 {
        self.events_by_kind().iter().sum()
    }

    fn events_by_kind(&self) -> Vec<f64> {
        events_by_kind(self.behavior(), self.names().event_types.len())
    }

    fn expected_mix(&self) -> Vec<(String, f64)> {
        let all = self.events_per_session();
        let mut mix: Vec<(String, f64)> = Vec::new();
        for (name, count) in self.names().event_types.iter().zip(self.events_by_kind()) {
            match mix.iter_mut().find(|(known, _)| known == name) {
                Some((_, share)) => *share += count / all,
                None => mix.push((name.clone(), count / all)),
            }
        }
        mix.retain(|&(_, share)| share > 0.0);
        mix
    }

    /// Sessions that start before the end: each user's first, and its renewals from then on,
    /// averaged over the ramp-up.
    fn expected_sessions(&self, cycle: &Cycle) -> Option<f64> {
        const RAMP_POINTS: u32 = 64;
        let population = self.population();
        let duration_ms = population.duration_ms? as f64;
        let renewals = Renewals::new(cycle, duration_ms);
        let ramp_up_ms = population.ramp_up_ms as f64;
        // In a run shorter than its ramp-up only some of the users come.
        let starts_ms = ramp_up_ms.min(duration_ms);
        let come = if ramp_up_ms > 0.0 { starts_ms / ramp_up_ms } else { 1.0 };
        let start = |point: u32| (f64::from(point) + 0.5) / f64::from(RAMP_POINTS) * starts_ms;
        let per_user = (0..RAMP_POINTS)
            .map(|point| 1.0 + renewals.within(duration_ms - start(point)))
            .sum::<f64>()
            / f64::from(RAMP_POINTS);
        Some(come * per_user * f64::from(population.users))
    }

    fn binding(&self, session: &SessionLength) -> Vec<String> {
        let mut lines = Vec::new();
        let mut fixed = |count: &TruncatedGeometric, what: &str| {
            if count.min() == count.max() {
                lines.push(format!("every {what}: {} (the mix leaves no choice)", count.min()));
            }
        };
        fixed(&self.behavior().page_count, "session's pages");
        fixed(&self.behavior().action_count, "page's actions");
        let Some((shortest, longest)) = session.bounds else {
            lines.push(
                "fixed pace: session_duration, time_per_page and time_between_sessions do not apply"
                    .to_owned(),
            );
            return lines;
        };
        let stretched = session.raw_cumulative(shortest);
        let squeezed = 1.0 - session.raw_cumulative(longest);
        if stretched > WORTH_SAYING {
            lines.push(format!(
                "{:.1} % of sessions are stretched to session_duration_min",
                100.0 * stretched
            ));
        }
        if squeezed > WORTH_SAYING {
            lines.push(format!(
                "{:.1} % of sessions are squeezed into session_duration_max",
                100.0 * squeezed
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;

    /// Holds the forecast against a simulation: `tolerance` is relative.
    fn assert_forecast_holds(scenario: &Scenario, tolerance: f64) {
        let model = scenario.compile().unwrap();
        let forecast = model.forecast();
        let mut simulation = model.simulate(1);
        let (mut events, mut sessions) = (0.0, 0.0);
        while let Some(record) = simulation.next_record() {
            events += 1.0;
            sessions += f64::from(u8::from(record.number == 0));
        }
        for (found, expected) in
            [(sessions, forecast.sessions.unwrap()), (events, forecast.events.unwrap())]
        {
            let error = (found / expected - 1.0).abs();
            assert!(error < tolerance, "{found} found, {expected} expected, off by {error}");
        }
    }

    #[test]
    fn totals_are_those_of_a_simulation() {
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = 5_000;
        assert_forecast_holds(&scenario, 0.02);
        scenario.simulation.duration_seconds = 7_200.0;
        scenario.simulation.num_users = 1_000;
        assert_forecast_holds(&scenario, 0.02);
        scenario.advanced.human_like_delays = false;
        scenario.simulation.duration_seconds = 300.0;
        assert_forecast_holds(&scenario, 0.02);
    }
    #[test]
    fn a_distant_bound_and_a_run_within_the_ramp_up_are_forecast_too() {
        for longest in [604_800.0, 1e7, 1e9] {
            let mut scenario = Scenario::default();
            scenario.simulation.num_users = 2_000;
            scenario.user_behavior.session_duration_max = longest;
            assert_forecast_holds(&scenario, 0.02);
        }
        let mut scenario = Scenario::default();
        scenario.simulation.num_users = 50_000;
        scenario.simulation.duration_seconds = 1.0;
        assert_forecast_holds(&scenario, 0.05);
    }
}
