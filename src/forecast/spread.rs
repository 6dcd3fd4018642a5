//! How far a single run may be from the means. Users are independent of each other, so that the variance of a run is the
//! sum of theirs, which are those of sampled users.

use std::collections::HashMap;

use serde::Serialize;

use crate::behavior::{Behavior, Conduct, Flow, Goal};
use crate::event::{Kind, Record};
use crate::model::Model;
use crate::population::{Ids, Traffic};
use crate::random::RngStreams;
use crate::simulation::Shard;

/// What a single run may have of what is counted.
#[derive(Clone, Debug, Serialize)]
pub struct RunSpread {
    /// The users from which the standard deviations are.
    pub sampled_users: usize,
    /// Sessions, events, and events of each type; views of pages and sessions that reach a goal of a flow.
    pub counts: Vec<CountSpread>,
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

/// The seed of the sample, whatever the scenario's is.
const SAMPLE_SEED: u64 = 0x5ca7_7e12;
/// Events that are simulated for the sample, about.
const EVENTS: f64 = 1_000_000.0;
/// Events above which no spread is said: a few users have that many.
const MOST_EVENTS: f64 = 4_000_000.0;
/// Counts in the sample below which it says little of their variance.
const FEW: f64 = 100.0;
const LEAST_USERS: f64 = 64.0;
const MOST_USERS: f64 = 4_096.0;

/// The standard deviations within which 95 % of a normal distribution are.
const NORMAL_95: f64 = 1.959_964;
/// What is added to a count so that its square root is nearly normal.
const ANSCOMBE: f64 = 0.375;

/// A thing that is counted, with its expected count.
pub(super) type MeanCount = (CountKind, String, f64);

impl RunSpread {
    /// What a single run may have of things of which the first are sessions and events; none where a few users have
    /// millions of events. The means are known with a relative standard error.
    pub(super) fn new(model: &Model, means: Vec<MeanCount>, error: f64) -> Option<Self> {
        let users = f64::from(model.users());
        let (_, _, events) = means.get(EVENTS_IN_ALL)?;
        let per_user = (events / users).max(1.0);
        let wanted = (EVENTS / per_user).clamp(LEAST_USERS, MOST_USERS);
        if wanted * per_user > MOST_EVENTS {
            return None;
        }
        let counted = CountPlaces::of(model, &means);
        let sampled = UserCounts::sample(model, &counted, means.len(), wanted as u32);
        let spread = |(place, (what, name, mean)): (usize, MeanCount)| {
            let mut variance = users * sampled.variance(place);
            if sampled.total(place) < FEW {
                // The sample may have none of what is rare; that is nearly Poisson, at least.
                variance = variance.max(mean);
            }
            CountSpread::new((what, name), mean, libm::sqrt(variance), error * mean)
        };
        let sampled_users = sampled.rows.len();
        Some(Self { sampled_users, counts: means.into_iter().enumerate().map(spread).collect() })
    }

    /// What a run may have of a thing.
    pub fn of(&self, what: CountKind, name: &str) -> Option<&CountSpread> {
        self.counts.iter().find(|count| count.what == what && count.name == name)
    }
}

impl CountSpread {
    fn new((what, name): (CountKind, String), mean: f64, deviation: f64, error: f64) -> Self {
        let scale = CountScale::new(mean, deviation, error);
        let (low, high) = (scale.count_at(-NORMAL_95), scale.count_at(NORMAL_95));
        Self { what, name, mean, standard_deviation: deviation, standard_error: error, low, high }
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

/// The counts of sampled users.
struct UserCounts {
    /// In the order of their numbers, by place.
    rows: Vec<Vec<f64>>,
    /// True if those with numbers that are near come at times that are near.
    are_in_order: bool,
    /// The users of a run; the rows are those of one run after the other.
    users_of_run: usize,
}

impl UserCounts {
    /// The counts of about so many users: every n-th, or those of several runs.
    fn sample(model: &Model, counted: &CountPlaces<'_>, counts: usize, wanted: u32) -> Self {
        let users = model.users().max(1);
        let every = (users / wanted).max(1);
        let runs = if every > 1 { 1 } else { wanted.div_ceil(users) };
        let shard = Shard::new(0, every).unwrap_or(Shard::WHOLE);
        let users_of_run = users.div_ceil(every) as usize;
        let mut rows = Vec::new();
        for run in 0..u64::from(runs) {
            let seed = SAMPLE_SEED + run;
            let ids = Ids::new(&RngStreams::new(seed));
            let mut simulation = model.simulate_shard(seed, shard);
            let from = rows.len();
            rows.resize(from + users_of_run, vec![0.0; counts]);
            let mut reached = HashMap::new();
            while let Some(record) = simulation.next_record() {
                let (user, session) = ids.numbers(record.session);
                let place = from + (user / every) as usize;
                let Some(row) = rows.get_mut(place) else { continue };
                counted.count(&record, simulation.model(), row, |goal| {
                    reached.insert((user, goal), session) != Some(session)
                });
            }
        }
        let traffic = model.population().traffic();
        Self { rows, are_in_order: traffic.is_some_and(Traffic::has_arrivals), users_of_run }
    }

    fn total(&self, place: usize) -> f64 {
        self.rows.iter().map(|row| row[place]).sum()
    }

    /// The mean over users of the variance of a count.
    fn variance(&self, place: usize) -> f64 {
        let squares = |deviations: &mut dyn Iterator<Item = f64>| {
            let (mut count, mut sum) = (0.0_f64, 0.0);
            for deviation in deviations {
                count += 1.0;
                sum += deviation * deviation;
            }
            (count, sum)
        };
        if self.are_in_order && self.users_of_run > 1 {
            // Whoever comes later has less time, which is no chance: so each is held against the next one.
            let pairs = self.rows.chunks(self.users_of_run).flat_map(|run| run.windows(2));
            let mut differences = pairs.map(|pair| pair[1][place] - pair[0][place]);
            let (count, sum) = squares(&mut differences);
            return sum / (2.0 * count).max(1.0);
        }
        let mean = self.total(place) / self.rows.len() as f64;
        let (count, sum) = squares(&mut self.rows.iter().map(|row| row[place] - mean));
        sum / (count - 1.0).max(1.0)
    }
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
