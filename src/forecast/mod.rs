//! The forecast: what a simulation gives, without running it.
//!
//! Counts of events are exact means; durations and what follows from them are those of a sample of
//! sessions, see `behavior/sample.rs`.

mod flow;
mod mix;
mod renewal;
mod size;
mod starts;

use serde::Serialize;

use crate::behavior::{Conduct, Pace, ROUGH, SampledSession, Step, THOROUGH, mean, sample};
use crate::model::Model;
pub use crate::properties::PropertyMean;
use crate::random::BoundedCount;
use crate::scenario::AtEnd;
use crate::time::VirtualTime;

use mix::SessionMeans;
use starts::SessionStarts;

pub use flow::{FlowForecast, GoalReach, PageViews};
pub use size::expected_bytes_per_event;

/// The means, mix, rates and totals that a scenario gives.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Pages in a session, on average.
    pub pages_per_session: f64,
    /// Actions on a page, on average.
    pub actions_per_page: f64,
    /// Events in a session that runs to its end, on average.
    pub events_per_session: f64,
    /// The duration of a session, on average.
    pub session_seconds: f64,
    /// The time until the same user comes back, from start to start, on average.
    pub cycle_seconds: f64,
    /// Each event type's share of all events; of the run's, if sessions are cut at its end.
    pub mix: Vec<(String, f64)>,
    /// Events a second of virtual time once all users are there.
    pub events_per_second: f64,
    /// Sessions in all; none without an end.
    pub sessions: Option<f64>,
    /// Events in all; none without an end.
    pub events: Option<f64>,
    /// The time from the start of the run after which nothing happens; none without an end.
    pub last_end_seconds: Option<f64>,
    /// The bounds of the scenario that bind, and how.
    pub binding: Vec<String>,
    /// The views and goals of the flow, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowForecast>,
    /// The means of the properties that have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyMean>,
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

const MS_PER_SECOND: f64 = 1_000.0;

impl Model {
    /// The forecast of a run: means, mix, rates and totals.
    ///
    /// Durations, rates and totals are those of 16,384 sampled sessions, within 1 % or so.
    pub fn forecast(&self) -> Forecast {
        let behavior = self.behavior();
        let means = self.session_means();
        let events_per_session = means.events();
        let by_kind = &means.by_kind;
        let sessions = sample(behavior, THOROUGH, |_| {});
        let cycle_ms = mean_cycle_ms(&sessions);
        let starts = SessionStarts::new(self.population(), &sessions);
        let by_kind_in_all = match (&starts, self.population().at_end) {
            (None, _) => None,
            (Some(starts), AtEnd::Finish) => {
                Some(by_kind.iter().map(|count| count * starts.in_all()).collect())
            }
            (Some(starts), AtEnd::Cut) => Some(self.events_before_the_cut(starts)),
        };
        let events = by_kind_in_all.as_ref().map(|by_kind: &Vec<f64>| by_kind.iter().sum());
        Forecast {
            pages_per_session: means.pages,
            actions_per_page: means.actions / means.pages,
            events_per_session,
            session_seconds: mean(sessions.iter().map(|session| session.duration_ms as f64))
                / MS_PER_SECOND,
            cycle_seconds: cycle_ms / MS_PER_SECOND,
            mix: self.mix_of(by_kind_in_all.as_ref().unwrap_or(by_kind)),
            events_per_second: f64::from(self.users()) * events_per_session / cycle_ms
                * MS_PER_SECOND,
            sessions: starts.as_ref().map(SessionStarts::in_all),
            events,
            last_end_seconds: self.last_end_ms().map(|end_ms| end_ms as f64 / MS_PER_SECOND),
            binding: self.binding(&sessions),
            flow: match &behavior.conduct {
                Conduct::Browsing(_) => None,
                Conduct::Flow(flow) => Some(FlowForecast::new(flow, self.names())),
            },
            properties: self.properties().means(),
        }
    }

    fn session_means(&self) -> SessionMeans {
        SessionMeans::new(self.behavior(), self.names().event_types.len())
    }

    /// The rate at which events come, to an order of magnitude.
    pub fn rate(&self) -> EventRate {
        let mut events = 0;
        let sessions = sample(self.behavior(), ROUGH, |steps| events += steps.len());
        let cycle_ms = mean_cycle_ms(&sessions);
        let events_per_session = events as f64 / sessions.len().max(1) as f64;
        EventRate {
            events_per_ms: f64::from(self.users()) * events_per_session / cycle_ms,
            cycle_ms,
        }
    }

    /// Each event type's share of the events of sessions that run to their end, exactly.
    pub fn session_mix(&self) -> Vec<(String, f64)> {
        self.mix_of(&self.session_means().by_kind)
    }

    /// The moment from which on a session that starts may be cut; none if none is.
    pub fn cut_sessions_from(&self) -> Option<VirtualTime> {
        let population = self.population();
        let duration_ms = population.duration_ms.filter(|_| population.at_end == AtEnd::Cut)?;
        let whole_ms = duration_ms.saturating_sub(self.behavior().longest_session_ms);
        population.start.checked_add_millis(whole_ms)
    }

    /// The time from the start of the run after which nothing happens, in milliseconds.
    pub fn last_end_ms(&self) -> Option<u64> {
        let population = self.population();
        let longest_ms = match population.at_end {
            AtEnd::Finish => self.behavior().longest_session_ms,
            AtEnd::Cut => 0,
        };
        population.duration_ms.map(|duration_ms| duration_ms.saturating_add(longest_ms))
    }

    /// The expected number of events of each kind that happen before the end of the run: an event
    /// does if its session starts earlier than that by the event's place in the session.
    fn events_before_the_cut(&self, starts: &SessionStarts) -> Vec<f64> {
        let mut by_kind = vec![0.0; self.names().event_types.len()];
        let sessions = sample(self.behavior(), THOROUGH, |steps: &[Step]| {
            for step in steps {
                by_kind[step.content.kind.index()] += starts.before_end(step.offset_ms);
            }
        });
        for count in &mut by_kind {
            *count /= sessions.len().max(1) as f64;
        }
        by_kind
    }

    fn mix_of(&self, by_kind: &[f64]) -> Vec<(String, f64)> {
        let all: f64 = by_kind.iter().sum();
        let mut mix: Vec<(String, f64)> = Vec::new();
        for (name, count) in self.names().event_types.iter().zip(by_kind) {
            match mix.iter_mut().find(|(known, _)| known == name) {
                Some((_, share)) => *share += count / all,
                None => mix.push((name.clone(), count / all)),
            }
        }
        mix.retain(|&(_, share)| share > 0.0);
        mix
    }

    fn binding(&self, sessions: &[SampledSession]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut fixed = |count: &BoundedCount, what: &str| {
            if count.min() == count.max() {
                lines.push(format!("every {what}: {} (the mix leaves no choice)", count.min()));
            }
        };
        let is_mixed = match &self.behavior().conduct {
            Conduct::Browsing(browsing) => {
                fixed(&browsing.page_count, "session's pages");
                fixed(&browsing.action_count, "page's actions");
                true
            }
            Conduct::Flow(_) => false,
        };
        let ranges = match self.behavior().pace {
            Pace::Human(ranges) if is_mixed => ranges,
            Pace::Human(_) => return lines,
            Pace::Fixed { .. } => {
                lines.push(
                    "fixed pace: session_duration, time_per_page and time_between_sessions do not apply"
                        .to_owned(),
                );
                return lines;
            }
        };
        let (shortest_ms, longest_ms) = ranges.session_ms;
        let share = |bound_ms: u64| {
            let at_bound = sessions.iter().filter(|session| session.duration_ms == bound_ms);
            at_bound.count() as f64 / sessions.len().max(1) as f64
        };
        for (share, how) in [
            (share(shortest_ms), "stretched to session_duration_min"),
            (share(longest_ms), "squeezed into session_duration_max"),
        ] {
            if share > WORTH_SAYING {
                lines.push(format!("{:.1} % of sessions are {how}", 100.0 * share));
            }
        }
        lines
    }
}

/// The mean time from the start of a session to the user's next one, 1 ms at least.
fn mean_cycle_ms(sessions: &[SampledSession]) -> f64 {
    mean(sessions.iter().map(|session| session.until_next_ms as f64)).max(1.0)
}

#[cfg(test)]
mod tests;
