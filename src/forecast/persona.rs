//! The part of one persona in a forecast.

use serde::Serialize;

use crate::behavior::{Behavior, Conduct, Pace, SampledSession, Step, THOROUGH, mean, sample};
use crate::model::Names;
use crate::population::Population;
use crate::random::BoundedCount;

use super::flow::FlowForecast;
use super::mix::SessionMeans;
use super::starts::SessionStarts;

/// What is forecast of a persona's users, or of all.
pub(super) struct PersonaPart<'m> {
    name: Option<&'m str>,
    /// The share of the users.
    pub(super) share: f64,
    pub(super) behavior: &'m Behavior,
    /// Those of a session that runs to its end.
    pub(super) means: SessionMeans,
    sessions: Vec<SampledSession>,
    /// The mean time from the start of a session to the user's next one, in milliseconds.
    pub(super) cycle_ms: f64,
    /// The sessions if all users were of this persona; none of a run without an end.
    pub(super) starts: Option<SessionStarts<'m>>,
}

/// What is forecast of a persona's users.
#[derive(Clone, Debug, Serialize)]
pub struct PersonaForecast {
    /// The name.
    pub persona: String,
    /// Users, on average.
    pub users: f64,
    /// Pages in a session, on average.
    pub pages_per_session: f64,
    /// Events in a session, on average.
    pub events_per_session: f64,
    /// Sessions in all; none without an end.
    pub sessions: Option<f64>,
    /// The views and goals of its flow, if it follows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowForecast>,
}

/// Shares of sessions below this are not worth a line.
const WORTH_SAYING: f64 = 0.001;

impl<'m> PersonaPart<'m> {
    pub(super) fn new(
        name: Option<&'m str>,
        share: f64,
        behavior: &'m Behavior,
        population: &'m Population,
        kinds: usize,
    ) -> Self {
        let sessions = sample(behavior, THOROUGH, |_| {});
        Self {
            name,
            share,
            behavior,
            means: SessionMeans::new(behavior, kinds),
            cycle_ms: mean_cycle_ms(&sessions),
            starts: SessionStarts::new(population, behavior, &sessions),
            sessions,
        }
    }

    /// What its flow gives, if it follows one.
    pub(super) fn flow(&self, names: &Names) -> Option<FlowForecast> {
        match &self.behavior.conduct {
            Conduct::Browsing(_) => None,
            Conduct::Flow(flow) => Some(FlowForecast::new(flow, names)),
        }
    }

    pub(super) fn duration_ms(&self) -> f64 {
        mean(self.sessions.iter().map(|session| session.duration_ms as f64))
    }

    /// The expected number of events of each kind that happen before the end of the run: an event
    /// does if its session starts earlier than that by the event's place in the session.
    pub(super) fn events_before_the_cut(&self, starts: &SessionStarts<'_>) -> Vec<f64> {
        let mut by_kind = vec![0.0; self.means.by_kind.len()];
        let sessions = sample(self.behavior, THOROUGH, |steps: &[Step]| {
            for step in steps {
                by_kind[step.content.kind.index()] += starts.before_end(step.offset_ms);
            }
        });
        for count in &mut by_kind {
            *count /= sessions.len().max(1) as f64;
        }
        by_kind
    }

    /// The bounds that bind, and how.
    pub(super) fn binding(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut fixed = |count: &BoundedCount, what: &str| {
            if count.min() == count.max() {
                lines.push(format!("every {what}: {} (the mix leaves no choice)", count.min()));
            }
        };
        let is_mixed = match &self.behavior.conduct {
            Conduct::Browsing(browsing) => {
                fixed(&browsing.page_count, "session's pages");
                fixed(&browsing.action_count, "page's actions");
                true
            }
            Conduct::Flow(_) => false,
        };
        match self.behavior.pace {
            Pace::Human(_) if !is_mixed => {}
            Pace::Fixed { .. } => lines.push(
                "fixed pace: session_duration, time_per_page and time_between_sessions do not apply"
                    .to_owned(),
            ),
            Pace::Human(ranges) => {
                let (shortest_ms, longest_ms) = ranges.session_ms;
                for (bound_ms, how) in [
                    (shortest_ms, "stretched to session_duration_min"),
                    (longest_ms, "squeezed into session_duration_max"),
                ] {
                    let share = self.share_of_duration(bound_ms);
                    if share > WORTH_SAYING {
                        lines.push(format!("{:.1} % of sessions are {how}", 100.0 * share));
                    }
                }
            }
        }
        match self.name {
            Some(name) => lines.into_iter().map(|line| format!("{name}: {line}")).collect(),
            None => lines,
        }
    }

    fn share_of_duration(&self, duration_ms: u64) -> f64 {
        let found = self.sessions.iter().filter(|session| session.duration_ms == duration_ms);
        found.count() as f64 / self.sessions.len().max(1) as f64
    }

    pub(super) fn forecast(&self, users: u32, names: &Names) -> PersonaForecast {
        PersonaForecast {
            persona: self.name.unwrap_or_default().to_owned(),
            users: self.share * f64::from(users),
            pages_per_session: self.means.pages,
            events_per_session: self.means.events(),
            flow: self.flow(names),
            sessions: self.starts.as_ref().map(|starts| self.share * starts.in_all()),
        }
    }
}

/// The share of each persona in all sessions.
pub(super) fn session_weights(personas: &[PersonaPart<'_>]) -> Vec<f64> {
    let sessions = |persona: &PersonaPart<'_>| match &persona.starts {
        Some(starts) => persona.share * starts.in_all(),
        None => persona.share / persona.cycle_ms,
    };
    let all: f64 = personas.iter().map(sessions).sum();
    if all <= 0.0 {
        // A run in which nobody comes has sessions like those of any other.
        return personas.iter().map(|persona| persona.share).collect();
    }
    personas.iter().map(|persona| sessions(persona) / all).collect()
}

/// The expected number of events of each kind in a session of any persona, with these weights.
pub(super) fn weighted(personas: &[PersonaPart<'_>], weights: &[f64]) -> Vec<f64> {
    let mut by_kind = vec![0.0; personas.first().map_or(0, |persona| persona.means.by_kind.len())];
    for (persona, weight) in personas.iter().zip(weights) {
        for (sum, count) in by_kind.iter_mut().zip(&persona.means.by_kind) {
            *sum += weight * count;
        }
    }
    by_kind
}

/// The events of one user in a millisecond.
pub(super) fn events_per_ms(personas: &[PersonaPart<'_>]) -> f64 {
    personas.iter().map(|persona| persona.share * persona.means.events() / persona.cycle_ms).sum()
}

/// The mean time from the start of a session to the user's next one, 1 ms at least.
pub(super) fn mean_cycle_ms(sessions: &[SampledSession]) -> f64 {
    mean(sessions.iter().map(|session| session.until_next_ms as f64)).max(1.0)
}

/// What flows give in a session of any persona, with these weights; none unless every persona follows one.
pub(super) fn flow_of_all(
    personas: &[PersonaPart<'_>],
    weights: &[f64],
    names: &Names,
) -> Option<FlowForecast> {
    let flows = personas.iter().map(|persona| persona.flow(names)).collect::<Option<Vec<_>>>()?;
    FlowForecast::mixture(flows.into_iter().zip(weights.iter().copied()))
}
