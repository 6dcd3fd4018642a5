//! The funnels that a policy declares.

use foldhash::HashMap;

use crate::scenario::events::Named;
use crate::scenario::flow::Milestone;
use crate::scenario::policy::{FunnelRules, FunnelScope};
use crate::wire::EventFields;

use super::funnel_progress::{FunnelProgress, WayRules};
use super::goals::is_at;
use super::sums::{StepKey, SumsBy};

/// The sessions and persons that reached each step. Memory holds the way of each person who took a step of
/// a funnel of persons.
#[derive(Debug)]
pub(super) struct PolicyFunnelTotals {
    /// In the order of their names.
    funnels: Vec<CountedFunnel>,
}

/// How far an open session has come in each funnel of sessions, by its place.
pub(super) type SessionWays = Vec<Option<FunnelProgress>>;

#[derive(Debug)]
struct CountedFunnel {
    name: String,
    steps: Vec<String>,
    milestones: Vec<Milestone>,
    scope: FunnelScope,
    rules: WayRules,
    /// By user.
    of_persons: HashMap<u32, FunnelProgress>,
    /// By step.
    counts: Vec<u64>,
}

impl PolicyFunnelTotals {
    /// The totals of a policy's funnels; none if it has none.
    pub(super) fn new(funnels: &Named<FunnelRules>) -> Option<Self> {
        let mut funnels: Vec<CountedFunnel> = funnels.iter().map(CountedFunnel::new).collect();
        funnels.sort_by(|a, b| a.name.cmp(&b.name));
        (!funnels.is_empty()).then_some(Self { funnels })
    }

    /// Takes an event of a session into account.
    pub(super) fn observe(&mut self, ways: &mut SessionWays, event: &EventFields<'_>, user: u32) {
        if ways.len() < self.funnels.len() {
            ways.resize_with(self.funnels.len(), || None);
        }
        for (funnel, way) in self.funnels.iter_mut().zip(ways) {
            funnel.observe(way, event, user);
        }
    }

    /// The sums, also of steps that nobody reached.
    pub(super) fn into_sums(self) -> SumsBy<StepKey, u64> {
        let mut sums = SumsBy::default();
        for (place, funnel) in (0..).zip(self.funnels) {
            for (number, (step, count)) in (1..).zip(funnel.steps.into_iter().zip(funnel.counts)) {
                sums.0.insert((place, funnel.name.clone(), number, step), count);
            }
        }
        sums
    }
}

impl CountedFunnel {
    fn new((name, funnel): (&str, &FunnelRules)) -> Self {
        Self {
            name: name.to_owned(),
            steps: funnel.steps.clone(),
            milestones: funnel.milestones(),
            scope: funnel.per,
            rules: WayRules {
                steps: funnel.steps.len(),
                order: funnel.order,
                window_ms: funnel.window.map(|window| window.millis.unsigned_abs()),
                window_end: funnel.window_end,
                ties: funnel.ties,
                repeats: funnel.repeats,
            },
            of_persons: HashMap::default(),
            counts: vec![0; funnel.steps.len()],
        }
    }

    fn observe(&mut self, way: &mut Option<FunnelProgress>, event: &EventFields<'_>, user: u32) {
        let is_of_type = |step: &Milestone| *step.event_type == *event.event_type;
        if !self.milestones.iter().any(is_of_type) {
            return;
        }
        let step = self.milestones.iter().position(|step| is_at(step, event));
        let way = match self.scope {
            FunnelScope::Session => way.get_or_insert_with(|| FunnelProgress::new(&self.rules)),
            FunnelScope::Person => {
                self.of_persons.entry(user).or_insert_with(|| FunnelProgress::new(&self.rules))
            }
        };
        for step in way.happens(step, event.event_time, &self.rules) {
            self.counts[step] += 1;
        }
    }
}
