//! How far the counts of a single run may be from the means, by those of sampled users.

use std::collections::HashMap;

use serde::Serialize;

use crate::behavior::{Behavior, Conduct, Flow, Goal};
use crate::event::{Kind, Record};
use crate::model::Model;

use super::periods::PeriodSpread;
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

/// The interval in which 95 % of the runs are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunInterval {
    /// The standard deviation of a run from the mean.
    pub standard_deviation: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
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

/// The standard deviations within which 95 % of a normal distribution are.
const NORMAL_95: f64 = 1.959_964;
/// What is added to a count so that its square root is nearly normal.
const ANSCOMBE: f64 = 0.375;

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

impl RunInterval {
    /// The interval of a count with this mean, known with an error, and this standard deviation from it.
    pub(super) fn of_count(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let scale = CountScale::new(mean, standard_deviation, error);
        let (low, high) = (scale.count_at(-NORMAL_95), scale.count_at(NORMAL_95));
        Self { standard_deviation, low, high }
    }

    /// The interval of an amount that is not below 0: on the scale of square roots, whatever its unit is.
    pub(super) fn of_amount(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let deviation = libm::hypot(standard_deviation, error);
        let root = libm::sqrt(mean.max(0.0));
        let away = NORMAL_95 * deviation / (2.0 * root.max(f64::MIN_POSITIVE));
        let (low, high) = ((root - away).max(0.0), root + away);
        Self { standard_deviation, low: low * low, high: high * high }
    }

    /// The interval of an amount that may be below 0.
    pub(super) fn of_balance(mean: f64, standard_deviation: f64, error: f64) -> Self {
        let away = NORMAL_95 * libm::hypot(standard_deviation, error);
        Self { standard_deviation, low: mean - away, high: mean + away }
    }

    /// The interval, down to 0 where more than 1 of 40 runs have nothing: if so many that add something are expected.
    pub(super) fn from_nothing_of(self, expected: f64) -> Self {
        const ONE_TAIL: f64 = 0.025;
        let has_nothing = libm::exp(-expected) > ONE_TAIL;
        Self { low: if has_nothing { self.low.min(0.0) } else { self.low }, ..self }
    }
}

/// A scale on which counts are nearly normal, small ones too: that of their square roots (Anscombe, "The transformation of
/// Poisson, binomial and negative-binomial data", Biometrika 35, 1948), in standard deviations.
#[derive(Clone, Copy, Debug)]
pub struct CountScale {
    root: f64,
    /// A standard deviation, as a difference of roots.
    unit: f64,
}

impl CountScale {
    /// The scale of a count with this mean, and this standard deviation from it; the mean is known with an error.
    pub fn new(mean: f64, standard_deviation: f64, standard_error: f64) -> Self {
        let deviation = libm::hypot(standard_deviation, standard_error);
        let unit = deviation / (2.0 * libm::sqrt(mean.max(f64::MIN_POSITIVE)));
        Self { root: libm::sqrt(mean.max(0.0) + ANSCOMBE), unit }
    }

    /// The standard deviations that a count is away from the mean; infinite where it cannot be.
    pub fn deviations(self, count: f64) -> f64 {
        let away = libm::sqrt(count + ANSCOMBE) - self.root;
        if away.abs() < 1e-9 { 0.0 } else { away / self.unit }
    }

    /// The count that is so many standard deviations away from the mean, 0 at least.
    fn count_at(self, deviations: f64) -> f64 {
        let root = (self.root + deviations * self.unit).max(0.0);
        (root * root - ANSCOMBE).max(0.0)
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
