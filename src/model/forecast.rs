//! What a simulation will give, computed and not simulated.

use serde::Serialize;

use super::count::BoundedCount;
use super::renewal::{Distribution, Renewals};
use super::session::{EDGE_MS, HumanRanges, LOAD_MS, Pace};
use super::{Kind, Model};

/// What is to be expected of a scenario, in closed form.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Pages in a session, on average.
    pub pages_per_session: f64,
    /// Actions on a page, on average.
    pub actions_per_page: f64,
    /// Events in a session, on average.
    pub events_per_session: f64,
    /// How long a session lasts, on average.
    pub session_seconds: f64,
    /// How long until the same user comes back, from start to start, on average.
    pub cycle_seconds: f64,
    /// Each event type's share of all events.
    pub mix: Vec<(String, f64)>,
    /// Events a second of virtual time once all users are there.
    pub events_per_second: f64,
    /// Sessions in all; none without an end.
    pub sessions: Option<f64>,
    /// Events in all; none without an end.
    pub events: Option<f64>,
    /// The last session has ended this many seconds after the start of the run, at the latest.
    pub last_end_seconds: Option<f64>,
    /// Which bounds of the scenario bind, and how.
    pub binding: Vec<String>,
}

/// Shares of sessions below this are not worth a line.
const WORTH_SAYING: f64 = 0.001;

impl Model {
    /// What is to be expected of a run: means, mix, rates and totals.
    ///
    /// Session durations are taken as normal around their exact mean for a given number of pages,
    /// which is within a few percent from two pages on.
    pub fn forecast(&self) -> Forecast {
        let cycle = Cycle::of(self);
        let events_per_session = self.events_per_session();
        let sessions = self.expected_sessions(&cycle);
        let ms = 1_000.0;
        Forecast {
            pages_per_session: self.pages.mean(),
            actions_per_page: self.actions.mean(),
            events_per_session,
            session_seconds: cycle.session.mean_ms() / ms,
            cycle_seconds: cycle.mean_ms() / ms,
            mix: self.expected_mix(),
            events_per_second: f64::from(self.users) * events_per_session / cycle.mean_ms() * ms,
            sessions,
            events: sessions.map(|sessions| sessions * events_per_session),
            last_end_seconds: self
                .duration_ms()
                .map(|duration_ms| (duration_ms as f64 + self.longest_session_ms as f64) / ms),
            binding: self.binding(&cycle.session),
        }
    }

    /// Events in a session, on average.
    pub fn events_per_session(&self) -> f64 {
        self.events_per_session_by_kind().iter().sum()
    }

    /// From the start of a session to the start of the same user's next one, on average.
    pub fn cycle_ms(&self) -> f64 {
        Cycle::of(self).mean_ms()
    }

    /// How far ahead of the clock events are scheduled, at most.
    pub(crate) fn horizon_ms(&self) -> u64 {
        let gap_ms = match self.pace {
            Pace::Human(ranges) => ranges.between_sessions_ms.1,
            Pace::Fixed { longest_ms, .. } => longest_ms,
        };
        self.longest_session_ms.saturating_add(gap_ms).max(self.ramp_up_ms)
    }

    pub(super) fn events_per_session_by_kind(&self) -> Vec<f64> {
        let pages = self.pages.mean();
        let onward = self.navigates.probability() * (pages - 1.0);
        let actions = pages * self.actions.mean();
        let mut by_kind = vec![0.0; self.names.event_types.len()];
        by_kind[usize::from(Kind::SESSION_CREATED.0)] = 1.0;
        by_kind[usize::from(Kind::SESSION_ENDED.0)] = self.ends.probability();
        by_kind[usize::from(Kind::PAGE_VISITED.0)] = pages;
        by_kind[usize::from(Kind::PAGE_CLOSED.0)] = self.closes.probability() * (pages - onward);
        by_kind[usize::from(Kind::LINK_ONWARD.0)] = onward;
        let kinds = [Kind::BUTTON_CLICKED, Kind::LINK_ELSEWHERE].into_iter();
        let kinds = kinds.chain((0..).map(Kind::custom));
        for (kind, share) in kinds.zip(&self.action_shares) {
            by_kind[usize::from(kind.0)] += actions * share;
        }
        by_kind
    }

    fn expected_mix(&self) -> Vec<(String, f64)> {
        let all = self.events_per_session();
        let mut mix: Vec<(String, f64)> = Vec::new();
        for (name, count) in self.names.event_types.iter().zip(self.events_per_session_by_kind()) {
            match mix.iter_mut().find(|(known, _)| known == name) {
                Some((_, share)) => *share += count / all,
                None => mix.push((name.clone(), count / all)),
            }
        }
        mix.retain(|&(_, share)| share > 0.0);
        mix
    }

    fn duration_ms(&self) -> Option<u64> {
        (self.end_ms != u64::MAX).then(|| self.end_ms - self.start.as_millis())
    }

    /// Sessions that start before the end: each user's first, and its renewals from then on,
    /// averaged over the ramp-up.
    fn expected_sessions(&self, cycle: &Cycle) -> Option<f64> {
        const RAMP_POINTS: u32 = 64;
        let duration_ms = self.duration_ms()? as f64;
        let renewals = Renewals::new(cycle, duration_ms);
        let starts =
            |point: u32| (f64::from(point) + 0.5) / f64::from(RAMP_POINTS) * self.ramp_up_ms as f64;
        let per_user: f64 = (0..RAMP_POINTS)
            .map(starts)
            .filter(|&start| start < duration_ms)
            .map(|start| 1.0 + renewals.within(duration_ms - start))
            .sum::<f64>()
            / f64::from(RAMP_POINTS);
        Some(per_user * f64::from(self.users))
    }

    fn binding(&self, session: &SessionLength) -> Vec<String> {
        let mut lines = Vec::new();
        let mut fixed = |count: &BoundedCount, what: &str| {
            if count.min() == count.max() {
                lines.push(format!("every {what}: {} (the mix leaves no choice)", count.min()));
            }
        };
        fixed(&self.pages, "session's pages");
        fixed(&self.actions, "page's actions");
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

/// How long a session lasts: a mixture over its number of pages, kept within bounds.
struct SessionLength {
    parts: Vec<Part>,
    bounds: Option<(f64, f64)>,
}

/// The sessions of one number of pages: their share, and mean and variance of their length.
struct Part {
    share: f64,
    mean: f64,
    deviation: f64,
}

/// Most parts of a mixture.
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
    fn human(model: &Model, ranges: &HumanRanges) -> Self {
        let parts = model.pages.probabilities().map(|(pages, share)| {
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
    fn fixed(model: &Model, interval: (u64, u64)) -> Self {
        let leaves = |probability: f64| probability * (1.0 - probability);
        let left = model.navigates.probability()
            + (1.0 - model.navigates.probability()) * model.closes.probability();
        let ends = model.ends.probability();
        let page_variance = variance(&model.actions) + leaves(left);
        let parts = model.pages.probabilities().map(|(pages, share)| {
            let pages = f64::from(pages);
            let events = 1.0 + pages * (1.0 + model.actions.mean() + left) + ends;
            let count_variance = pages * page_variance + leaves(ends);
            let deviation = events * spread(interval) + count_variance * middle(interval).powi(2);
            Part { share, mean: events * middle(interval), deviation: deviation.sqrt() }
        });
        Self { parts: grouped(&parts.collect::<Vec<_>>()), bounds: None }
    }

    /// P(length <= t) before the bounds are enforced.
    fn raw_cumulative(&self, t_ms: f64) -> f64 {
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
        self.bounds.unwrap_or_else(|| {
            let reach = |part: &Part| part.mean + DEVIATIONS * part.deviation;
            (0.0, self.parts.iter().map(reach).fold(0.0, f64::max))
        })
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
struct Cycle {
    session: SessionLength,
    gap_ms: (u64, u64),
}

impl Cycle {
    fn of(model: &Model) -> Self {
        match model.pace {
            Pace::Human(ranges) => Self {
                session: SessionLength::human(model, &ranges),
                gap_ms: ranges.between_sessions_ms,
            },
            // The gap to the next session is the last event's own interval.
            Pace::Fixed { shortest_ms, longest_ms } => Self {
                session: SessionLength::fixed(model, (shortest_ms, longest_ms)),
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

fn variance(count: &BoundedCount) -> f64 {
    let mean = count.mean();
    count.probabilities().map(|(k, p)| p * (f64::from(k) - mean).powi(2)).sum()
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
}
