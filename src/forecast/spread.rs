//! How far the counts of a single run may be from the means, by those of sampled users.

use std::collections::HashMap;

use serde::Serialize;

use crate::behavior::{Behavior, Conduct, Flow, Goal};
use crate::event::{Kind, Record};
use crate::model::Model;

use super::periods::PeriodSpread;
use super::run_interval::RunInterval;
use super::user_sample::{SampledEvent, UserSample};

/// What a single run may have of what is counted.
#[derive(Clone, Debug, Serialize)]
pub struct RunSpread {
    /// The users from which the standard deviations are.
    pub sampled_users: usize,
    /// Sessions, events, and events of each type; views of pages and sessions that reach a goal of a flow.
    pub counts: Vec<CountSpread>,
    /// Each day of `traffic`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<PeriodSpread>,
    /// Each hour of `traffic`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<PeriodSpread>,
}

/// What is counted in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountKind {
    /// Sessions in all.
    Sessions,
    /// Events in all.
    Events,
    /// Events of a type.
    EventType,
    /// Views of a page.
    Page,
    /// Sessions that reach a goal.
    Goal,
}

/// What a single run may have of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct CountSpread {
    /// What is counted.
    pub what: CountKind,
    /// The name of the type, page or goal; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The mean over all runs.
    pub mean: f64,
    /// The standard deviation of a run from it.
    pub standard_deviation: f64,
    /// The standard error of the mean.
    pub standard_error: f64,
    /// The least of the interval in which 95 % of the runs are.
    pub low: f64,
    /// The most of it.
    pub high: f64,
}

/// Counts in the sample below which it says little of their variance.
const FEW: f64 = 100.0;

/// A thing that is counted, with its expected count.
pub(super) type MeanCount = (CountKind, String, f64);

impl RunSpread {
    /// What a single run may have of things of which the first are sessions and events; none where a few users have
    /// millions of events. The means are known with a relative standard error.
    pub(super) fn new(
        model: &Model,
        sample: &UserSample<'_>,
        means: Vec<MeanCount>,
        error: f64,
    ) -> Self {
        let users = f64::from(model.users());
        let counted = CountPlaces::of(model, &means);
        let rows = rows(sample, &counted, means.len());
        let spread = |(place, (what, name, mean)): (usize, MeanCount)| {
            let values: Vec<f64> = rows.iter().map(|row| row[place]).collect();
            let mut variance = users * sample.variance(&values);
            if values.iter().sum::<f64>() < FEW {
                // The sample may have none of what is rare; that is nearly Poisson, at least.
                variance = variance.max(mean);
            }
            CountSpread::new((what, name), mean, libm::sqrt(variance), error * mean)
        };
        let counts = means.into_iter().enumerate().map(spread).collect();
        Self { sampled_users: rows.len(), counts, days: Vec::new(), hours: Vec::new() }
    }

    /// What a run may have of a thing.
    pub fn of(&self, what: CountKind, name: &str) -> Option<&CountSpread> {
        self.counts.iter().find(|count| count.what == what && count.name == name)
    }
}

impl CountSpread {
    fn new((what, name): (CountKind, String), mean: f64, deviation: f64, error: f64) -> Self {
        let RunInterval { standard_deviation, low, high } =
            RunInterval::of_count(mean, deviation, error);
        Self { what, name, mean, standard_deviation, standard_error: error, low, high }
    }
}

/// The places of counts, by what an event is told to be.
struct CountPlaces<'m> {
    /// By kind: the place of the type.
    types: Vec<Option<usize>>,
    /// By page: its place.
    pages: Vec<Option<usize>>,
    /// By behavior: the flow and its goals, each with its place.
    goals: Vec<Option<GoalPlaces<'m>>>,
}

/// A flow and its goals, each with its place.
type GoalPlaces<'m> = (&'m Flow, Vec<(&'m Goal, usize)>);

const SESSIONS: usize = 0;
const EVENTS_IN_ALL: usize = 1;

impl<'m> CountPlaces<'m> {
    fn of(model: &'m Model, means: &[MeanCount]) -> Self {
        let place = |what: CountKind, name: &str| {
            means.iter().position(|(kind, known, _)| *kind == what && known == name)
        };
        let goals_of = |flow: &'m Flow| {
            let goals = flow.goals.iter();
            let goals = goals.filter_map(|goal| Some((goal, place(CountKind::Goal, &goal.name)?)));
            (flow, goals.collect::<Vec<_>>())
        };
        let flow_of = |behavior: &'m Behavior| match &behavior.conduct {
            Conduct::Flow(flow) => Some(goals_of(flow)),
            Conduct::Browsing(_) => None,
        };
        let types = model.event_types().iter().map(|name| place(CountKind::EventType, name));
        Self {
            types: types.collect(),
            pages: model.pages().iter().map(|page| place(CountKind::Page, page)).collect(),
            goals: model.behaviors().map(|(behavior, _)| flow_of(behavior)).collect(),
        }
    }
}

/// The counts of each sampled user, by place.
fn rows(sample: &UserSample<'_>, counted: &CountPlaces<'_>, counts: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; counts]; sample.users()];
    let mut reached = HashMap::new();
    sample.each_event(|SampledEvent { row, session, record, model }| {
        counted.count(record, model, &mut rows[row], |goal| {
            reached.insert((row, goal), session) != Some(session)
        });
    });
    rows
}

impl CountPlaces<'_> {
    /// Counts an event to its user's row; `is_first` says whether its session reaches a goal for the first time.
    fn count(
        &self,
        record: &Record,
        model: &Model,
        row: &mut [f64],
        mut is_first: impl FnMut(usize) -> bool,
    ) {
        let content = record.content;
        row[EVENTS_IN_ALL] += 1.0;
        if content.kind == Kind::SESSION_CREATED {
            row[SESSIONS] += 1.0;
        }
        if let Some(place) = self.types[content.kind.index()] {
            row[place] += 1.0;
        }
        if content.kind == Kind::PAGE_VISITED
            && let Some(place) = content.page.and_then(|page| self.pages[page.index()])
        {
            row[place] += 1.0;
        }
        if let Some((flow, goals)) = &self.goals[model.people().behavior(record.user_code)] {
            for (goal, place) in goals {
                if flow.is_reached(goal, content) && is_first(*place) {
                    row[*place] += 1.0;
                }
            }
        }
    }
}
