//! The forecast: what a simulation gives, without running it.
//!
//! Counts of events are exact means; durations and what follows from them are those of a sample of
//! sessions, see `behavior/sample.rs`.

mod accounts;
mod experiment;
mod flow;
mod journeys;
mod mix;
mod periods;
mod persona;
mod renewal;
mod revenue;
mod run_interval;
mod sampled_sums;
mod size;
mod spread;
mod starts;
mod traffic;
mod user_sample;
mod visits;

use serde::Serialize;

use crate::behavior::{Behavior, Conduct, ROUGH, sample};
use crate::event::event_type;
use crate::model::Model;
pub use crate::properties::PropertyMean;
use crate::scenario::AtEnd;
use crate::time::VirtualTime;

use accounts::SampledAccounts;
use journeys::journey_forecasts;
use mix::SessionMeans;
use persona::{PersonaPart, mean_cycle_ms};
use spread::MeanCount;
use starts::SessionStarts;
use user_sample::UserSample;

pub use experiment::{EventLift, ExperimentForecast, GoalLift, PropertyLift, VariantForecast};
pub use flow::{FlowForecast, FlowWay, GoalReach, PageViews};
pub use journeys::{JourneyForecast, StepReach};
pub use periods::PeriodSpread;
pub use persona::PersonaForecast;
pub use revenue::{ExpectedAmount, ExpectedRevenue, PersonaRevenue, expected_revenue};
pub use run_interval::{CountScale, RunInterval};
pub use size::expected_bytes_per_event;
pub use spread::{CountKind, CountSpread, RunSpread};
pub use traffic::{RetentionShare, TrafficDay, TrafficForecast, TrafficHour};

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
    /// The relative standard error of both: times between sessions are those of sampled sessions. None without an end.
    pub sampling_error: Option<f64>,
    /// The time from the start of the run after which nothing happens; none without an end.
    pub last_end_seconds: Option<f64>,
    /// The bounds of the scenario that bind, and how.
    pub binding: Vec<String>,
    /// The views and goals of the flow, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowForecast>,
    /// The reach of each journey's steps; none if every persona follows a flow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journeys: Vec<JourneyForecast>,
    /// The means of the properties that have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyMean>,
    /// Days and hours, if they are not all alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<TrafficForecast>,
    /// The part of each persona, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<PersonaForecast>,
    /// The true effects of the experiments, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<ExperimentForecast>,
}

/// The rate at which the events of a run come, once all users are there.
#[derive(Clone, Copy, Debug)]
pub struct EventRate {
    /// Events of all users in a millisecond of virtual time.
    pub events_per_ms: f64,
    /// The time from the start of a session to the start of the same user's next one, on average.
    pub cycle_ms: f64,
}

const MS_PER_SECOND: f64 = 1_000.0;

impl Model {
    /// The forecast of a run: means, mix, rates and totals.
    ///
    /// Durations, rates and totals are those of 16,384 sampled sessions, with the error that is said with them.
    pub fn forecast(&self) -> Forecast {
        let personas = self.personas();
        let weights = persona::session_weights(&personas);
        let mean = |value: &dyn Fn(&PersonaPart<'_>) -> f64| {
            personas.iter().zip(&weights).map(|(persona, weight)| weight * value(persona)).sum()
        };
        let pages_per_session = mean(&|persona| persona.means.pages);
        let in_all = |value: &dyn Fn(&PersonaPart<'_>, &SessionStarts<'_>) -> f64| {
            let of = |persona: &PersonaPart<'_>| {
                persona.starts.as_ref().map(|starts| persona.share * value(persona, starts))
            };
            personas.iter().map(of).sum::<Option<f64>>()
        };
        let sessions = in_all(&|_, starts| starts.in_all());
        // All personas are sampled with the same numbers, so that their errors add up.
        let error = in_all(&|_, starts| starts.in_all() * starts.relative_error());
        let mut by_kind = self.events_in_all(&personas);
        let events = by_kind.as_ref().map(|by_kind| by_kind.iter().sum());
        let count_of = |name: &str| by_kind.as_ref().map(|by_kind| self.count_of(name, by_kind));
        let properties = self.properties().means(count_of);
        let by_session = || persona::weighted(&personas, &weights);
        let identity_events = by_kind.as_ref().zip(sessions).map_or(0.0, |(by_kind, sessions)| {
            self.identity_events(by_kind) / sessions.max(f64::MIN_POSITIVE)
        });
        Forecast {
            pages_per_session,
            actions_per_page: mean(&|persona| persona.means.actions) / pages_per_session,
            events_per_session: mean(&|persona| persona.means.events()),
            session_seconds: mean(&|persona| persona.duration_ms()) / MS_PER_SECOND,
            cycle_seconds: mean(&|persona| persona.cycle_ms) / MS_PER_SECOND,
            mix: self.mix_of(&by_kind.take().unwrap_or_else(by_session)),
            events_per_second: f64::from(self.users())
                * persona::events_per_ms(&personas)
                * MS_PER_SECOND,
            sampling_error: error
                .zip(sessions)
                .map(|(error, sessions)| error / sessions.max(f64::MIN_POSITIVE)),
            sessions,
            events,
            last_end_seconds: self.last_end_ms().map(|end_ms| end_ms as f64 / MS_PER_SECOND),
            binding: persona::binding(&personas),
            flow: persona::flow_of_all(&personas, self.names()),
            journeys: journey_forecasts(&persona::browsing_of(&personas, &weights), self.names()),
            properties,
            traffic: self.traffic_forecast(&personas, identity_events),
            experiments: self.experiment_forecasts(&personas),
            personas: self.persona_forecasts(&personas),
        }
    }

    /// What a single run may have, by a forecast of this model; none of a run without an end, and where a few users have
    /// millions of events.
    pub fn run_spread(&self, forecast: &Forecast) -> Option<RunSpread> {
        let (sessions, events) = (forecast.sessions?, forecast.events?);
        let mut means: Vec<MeanCount> = vec![
            (CountKind::Sessions, String::new(), sessions),
            (CountKind::Events, String::new(), events),
        ];
        let of_type =
            |(name, share): &(String, f64)| (CountKind::EventType, name.clone(), share * events);
        means.extend(forecast.mix.iter().map(of_type));
        // What a flow gives is that of whole sessions.
        let flow = forecast.flow.as_ref().filter(|_| self.at_end() == AtEnd::Finish);
        if let Some(flow) = flow {
            let views = flow.views.iter().map(|of| (CountKind::Page, &of.page_path, of.views));
            let goals = flow.goals.iter().map(|of| (CountKind::Goal, &of.goal, of.sessions));
            let all = views.chain(goals).filter(|(.., share)| *share > 0.0);
            means.extend(all.map(|(what, name, share)| (what, name.clone(), share * sessions)));
        }
        let error = forecast.sampling_error.unwrap_or_default();
        let sample = UserSample::new(self, events)?;
        let mut spread = RunSpread::new(self, &sample, means, error);
        if let Some(traffic) = &forecast.traffic {
            let personas = self.personas();
            [spread.days, spread.hours] = self.period_spreads(&sample, &personas, traffic, error);
        }
        Some(spread)
    }

    /// What is forecast of each persona in each combination of variants; one of all users if there are neither.
    fn personas(&self) -> Vec<PersonaPart<'_>> {
        let combinations = self.people().combinations().count();
        let part = |(number, (behavior, share)): (usize, _)| {
            let name = self.persona_names().get(number / combinations).map(String::as_str);
            PersonaPart::new(name, share, behavior, self.population(), self.means_of(behavior))
        };
        self.behaviors().enumerate().map(part).collect()
    }

    /// The means of a session, exposing events included.
    fn means_of(&self, behavior: &Behavior) -> SessionMeans {
        let mut means = SessionMeans::new(behavior, self.names().event_types.len());
        if let (Some(kind), Conduct::Flow(flow)) = (self.exposures().kind(), &behavior.conduct) {
            let exposed = self.exposures().iter().map(|exposure| flow.reach_pages(&exposure.pages));
            means.by_kind[kind.index()] = exposed.sum();
        }
        means
    }

    /// The expected number of events of each kind in a run; none without an end.
    fn events_in_all(&self, personas: &[PersonaPart<'_>]) -> Option<Vec<f64>> {
        let mut by_kind = vec![0.0; self.names().event_types.len()];
        for persona in personas {
            let starts = persona.starts.as_ref()?;
            let of_persona = match self.population().at_end {
                AtEnd::Finish => {
                    persona.means.by_kind.iter().map(|count| count * starts.in_all()).collect()
                }
                AtEnd::Cut => persona.events_before_the_cut(starts, self.exposures()),
            };
            for (sum, count) in by_kind.iter_mut().zip(of_persona) {
                *sum += persona.share * count;
            }
        }
        if let Some(sampled) = self.sampled_accounts(personas) {
            for (place, count) in (0..).zip(sampled.expected()) {
                by_kind[self.names().identity_kind(place).index()] += count;
            }
        }
        Some(by_kind)
    }

    /// The events among so many of each kind by which users become known, or are not any more.
    fn identity_events(&self, by_kind: &[f64]) -> f64 {
        if self.people().accounts().is_none() {
            return 0.0;
        }
        let kinds = (0..).take(event_type::IDENTITY.len());
        kinds.map(|place| by_kind[self.names().identity_kind(place).index()]).sum()
    }

    /// The accounts of sampled users; none if every user is known.
    fn sampled_accounts<'m>(
        &'m self,
        personas: &'m [PersonaPart<'m>],
    ) -> Option<SampledAccounts<'m>> {
        let accounts = self.people().accounts()?;
        Some(SampledAccounts { people: self.people(), accounts, personas, users: self.users() })
    }

    /// The share of the events of a run at which the user is known.
    fn known_share(&self) -> f64 {
        self.sampled_accounts(&self.personas()).map_or(1.0, |sampled| sampled.known_share())
    }

    /// The true effects of the experiments alone, which [`Self::forecast`] has too.
    pub fn experiments(&self) -> Vec<ExperimentForecast> {
        self.experiment_forecasts(&self.personas())
    }

    /// The number of events of a type among so many of each kind.
    fn count_of(&self, event_type: &str, by_kind: &[f64]) -> f64 {
        let of_type = self.names().event_types.iter().zip(by_kind);
        of_type.filter(|(name, _)| *name == event_type).map(|(_, count)| count).sum()
    }

    fn persona_forecasts(&self, personas: &[PersonaPart<'_>]) -> Vec<PersonaForecast> {
        if self.persona_names().is_empty() {
            return Vec::new();
        }
        let personas = personas.chunks(self.people().combinations().count());
        personas.map(|parts| PersonaForecast::new(parts, self.users(), self.names())).collect()
    }

    /// The rate at which events come, to an order of magnitude.
    pub fn rate(&self) -> EventRate {
        let mut rate = EventRate { events_per_ms: 0.0, cycle_ms: 0.0 };
        for (behavior, share) in self.behaviors() {
            let mut events = 0;
            let sessions = sample(behavior, ROUGH, |steps| events += steps.len());
            let cycle_ms = mean_cycle_ms(&sessions);
            let events_per_session = events as f64 / sessions.len().max(1) as f64;
            rate.events_per_ms += share * f64::from(self.users()) * events_per_session / cycle_ms;
            rate.cycle_ms += share * cycle_ms;
        }
        rate
    }

    /// Each event type's share of the events of sessions that run to their end, exactly; none where sessions do not
    /// have the same expected mix, with personas, accounts or effects of experiments.
    pub fn session_mix(&self) -> Option<Vec<(String, f64)>> {
        let mut behaviors = self.behaviors();
        let (behavior, _) = behaviors.next()?;
        let is_one = behaviors.next().is_none() && self.people().accounts().is_none();
        is_one.then(|| self.mix_of(&self.means_of(behavior).by_kind))
    }

    /// The moment from which on a session that starts may be cut; none if none is.
    pub fn cut_sessions_from(&self) -> Option<VirtualTime> {
        let population = self.population();
        let duration_ms = population.duration_ms.filter(|_| population.at_end == AtEnd::Cut)?;
        let whole_ms = duration_ms.saturating_sub(self.longest_session_ms());
        population.start.checked_add_millis(whole_ms)
    }

    /// The time from the start of the run after which nothing happens, in milliseconds.
    pub fn last_end_ms(&self) -> Option<u64> {
        let population = self.population();
        let longest_ms = match population.at_end {
            AtEnd::Finish => self.longest_session_ms(),
            AtEnd::Cut => 0,
        };
        population.duration_ms.map(|duration_ms| duration_ms.saturating_add(longest_ms))
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
}

#[cfg(test)]
mod interval_tests;
#[cfg(test)]
mod tests;
