//! The part of one persona in a forecast.

use serde::Serialize;

use crate::behavior::{
    Behavior, Browsing, Conduct, Flow, Pace, SampledSession, Step, THOROUGH, mean, sample,
};
use crate::model::{Exposures, Names};
use crate::population::Population;

use super::flow::FlowForecast;
use super::mix::SessionMeans;
use super::starts::SessionStarts;

/// What is forecast of the users who behave alike: those of a persona with the same variants, or all.
pub(super) struct PersonaPart<'m> {
    name: Option<&'m str>,
    /// The share of the users.
    pub(super) share: f64,
    pub(super) behavior: &'m Behavior,
    /// Those of a session that runs to its end.
    pub(super) means: SessionMeans,
    /// The mean square of the events of a session that runs to its end.
    pub(super) squared_events: f64,
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
        means: SessionMeans,
    ) -> Self {
        let (mut events, mut squares) = (0.0, 0.0);
        let sessions = sample(behavior, THOROUGH, |steps| {
            let count = steps.len() as f64;
            events += count;
            squares += count * count;
        });
        // The mean is exact, that of the sample is not, and has no exposing events.
        let ratio = means.events() * sessions.len() as f64 / f64::max(events, 1.0);
        let squared_events = squares / sessions.len().max(1) as f64 * ratio * ratio;
        Self {
            name,
            share,
            behavior,
            means,
            squared_events,
            cycle_ms: mean_cycle_ms(&sessions),
            starts: SessionStarts::new(population, behavior, &sessions),
            sessions,
        }
    }

    /// Its flow, if it follows one.
    pub(super) fn followed(&self) -> Option<&'m Flow> {
        match &self.behavior.conduct {
            Conduct::Browsing(_) => None,
            Conduct::Flow(flow) => Some(flow),
        }
    }

    pub(super) fn duration_ms(&self) -> f64 {
        mean(self.sessions.iter().map(|session| session.duration_ms as f64))
    }

    /// The expected number of events of each kind that happen before the end of the run: an event
    /// does if its session starts earlier than that by the event's place in the session.
    pub(super) fn events_before_the_cut(
        &self,
        starts: &SessionStarts<'_>,
        exposures: &Exposures,
    ) -> Vec<f64> {
        let mut by_kind = vec![0.0; self.means.by_kind.len()];
        let sessions = sample(self.behavior, THOROUGH, |steps: &[Step]| {
            for step in steps {
                by_kind[step.content.kind.index()] += starts.before_end(step.offset_ms);
            }
            for view in exposures.in_session(steps, u64::MAX, Vec::new()) {
                if let Some(kind) = exposures.kind() {
                    by_kind[kind.index()] += starts.before_end(view.offset_ms);
                }
            }
        });
        for count in &mut by_kind {
            *count /= sessions.len().max(1) as f64;
        }
        by_kind
    }

    /// The bounds that bind, and how.
    fn binding(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut fixed = |min: u32, max: u32, what: &str| {
            if min == max {
                lines.push(format!("every {what}: {min} (the mix leaves no choice)"));
            }
        };
        let is_mixed = match &self.behavior.conduct {
            Conduct::Browsing(browsing) => {
                let (pages, actions) = (&browsing.page_count, &browsing.action_count);
                fixed(pages.min(), pages.max(), "session's pages");
                fixed(actions.min(), actions.max(), "page's actions");
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
}

impl PersonaForecast {
    /// The forecast of a persona by its parts, one for each combination of variants.
    pub(super) fn new(parts: &[PersonaPart<'_>], users: u32, names: &Names) -> Self {
        let weights = session_weights(parts);
        let mean = |value: &dyn Fn(&PersonaPart<'_>) -> f64| {
            parts.iter().zip(&weights).map(|(part, weight)| weight * value(part)).sum()
        };
        let sessions = |part: &PersonaPart<'_>| Some(part.share * part.starts.as_ref()?.in_all());
        Self {
            persona: parts.first().and_then(|part| part.name).unwrap_or_default().to_owned(),
            users: parts.iter().map(|part| part.share).sum::<f64>() * f64::from(users),
            pages_per_session: mean(&|part| part.means.pages),
            events_per_session: mean(&|part| part.means.events()),
            flow: flow_of(parts, names),
            sessions: parts.iter().map(sessions).sum(),
        }
    }
}

/// What the flow of one persona gives, if it follows one, by its parts.
pub(super) fn flow_of(parts: &[PersonaPart<'_>], names: &Names) -> Option<FlowForecast> {
    let flows = parts.iter().zip(session_weights(parts));
    let flows: Vec<(&Flow, f64)> =
        flows.filter_map(|(part, weight)| Some((part.followed()?, weight))).collect();
    FlowForecast::new(&flows, names)
}

/// The ways in which those who follow no flow browse, each with its share of all sessions.
pub(super) fn browsing_of<'m>(
    parts: &[PersonaPart<'m>],
    weights: &[f64],
) -> Vec<(&'m Browsing, f64)> {
    let browsing = |(part, weight): (&PersonaPart<'m>, &f64)| match &part.behavior.conduct {
        Conduct::Browsing(browsing) => Some((&**browsing, *weight)),
        Conduct::Flow(_) => None,
    };
    parts.iter().zip(weights).filter_map(browsing).collect()
}

/// The bounds that bind, each once.
pub(super) fn binding(parts: &[PersonaPart<'_>]) -> Vec<String> {
    let mut lines: Vec<String> = parts.iter().flat_map(PersonaPart::binding).collect();
    lines.dedup();
    lines
}

/// The share of each part in all sessions.
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

/// What flows give in a session of any persona; none unless every persona follows one.
pub(super) fn flow_of_all(parts: &[PersonaPart<'_>], names: &Names) -> Option<FlowForecast> {
    parts.iter().all(|part| part.followed().is_some()).then(|| flow_of(parts, names))?
}
