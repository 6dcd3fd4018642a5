//! The goals and funnels that a scenario's flows declare.

use std::collections::BTreeMap;

use crate::millis;
use crate::scenario::flow::Milestone;
use crate::scenario::{DeclaredFunnel, Scenario};
use crate::time::VirtualTime;
use crate::wire::EventFields;

use super::experiments::{ExperimentTotals, TrueEffect};
use super::sums::{SumsBy, TableSums};
use super::users::UserSet;

/// What is to be counted, by the names that a scenario gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Goals {
    /// In the order of their names.
    goals: Vec<(String, Milestone)>,
    funnels: Vec<FunnelSteps>,
    /// None where no experiments are declared.
    experiments: Option<Vec<TrueEffect>>,
}

#[derive(Clone, Debug)]
struct FunnelSteps {
    name: String,
    steps: Vec<(String, Milestone)>,
    window_ms: u64,
}

impl Goals {
    /// The goals and funnels of a scenario's flows; none if they declare none.
    pub(super) fn new(scenario: &Scenario) -> Option<Self> {
        let goals = scenario.declared_goals();
        let funnel = |(name, funnel): (String, DeclaredFunnel)| FunnelSteps {
            name,
            steps: funnel.steps,
            window_ms: funnel.window.map_or(u64::MAX, millis::floor),
        };
        let funnels: Vec<FunnelSteps> =
            scenario.declared_funnels().into_iter().map(funnel).collect();
        let is_empty = goals.is_empty() && funnels.is_empty();
        let experiments = (!scenario.experiments.is_empty()).then(Vec::new);
        (!is_empty).then_some(Self { goals, funnels, experiments })
    }

    /// The same with the true effects of the experiments, which stand beside what is counted of them.
    #[must_use]
    pub(super) fn with_effects(self, effects: Vec<TrueEffect>) -> Self {
        Self { experiments: self.experiments.map(|_| effects), ..self }
    }
}

/// How far an open session has come.
#[derive(Debug, Default)]
pub(super) struct GoalProgress {
    reached: Vec<bool>,
    /// By funnel and step that is reached: the latest first step from which it was.
    funnels: Vec<Vec<Option<VirtualTime>>>,
    /// The variants to which the session was exposed, by their places among the totals.
    exposed: Vec<usize>,
}

/// The sessions and users that reached what is to be counted.
#[derive(Debug)]
pub(super) struct GoalTotals {
    goals: Goals,
    /// By day and goal: sessions and users.
    reached: BTreeMap<(u32, usize), (u64, u64)>,
    /// Who reached each goal on the latest day.
    today: (u32, Vec<UserSet>),
    /// By funnel and step.
    steps: Vec<Vec<u64>>,
    experiments: Option<ExperimentTotals>,
}

impl GoalTotals {
    pub(super) fn new(mut goals: Goals) -> Self {
        let steps = goals.funnels.iter().map(|funnel| vec![0; funnel.steps.len()]).collect();
        let experiments = goals.experiments.take().map(ExperimentTotals::new);
        Self { goals, reached: BTreeMap::new(), today: (0, Vec::new()), steps, experiments }
    }

    /// Takes an event of a session into account.
    pub(super) fn observe(
        &mut self,
        progress: &mut GoalProgress,
        event: &EventFields<'_>,
        user: u32,
        day: u32,
    ) {
        for goal in 0..self.goals.goals.len() {
            if is_at(&self.goals.goals[goal].1, event) && progress.reaches(goal) {
                self.count_goal(goal, user, day);
                if let Some(experiments) = &mut self.experiments {
                    experiments.reaches(goal, &progress.exposed);
                }
            }
        }
        if let Some(experiments) = &mut self.experiments {
            experiments.observe(event, user, &progress.reached, &mut progress.exposed);
        }
        for (number, funnel) in self.goals.funnels.iter().enumerate() {
            if progress.funnels.len() <= number {
                progress.funnels.push(vec![None; funnel.steps.len()]);
            }
            let places = &mut progress.funnels[number];
            // From the last step on, so that one event is one step.
            for step in (0..funnel.steps.len()).rev() {
                if !is_at(&funnel.steps[step].1, event) {
                    continue;
                }
                let time = event.event_time;
                let begun = if step == 0 { Some(time) } else { places[step - 1] };
                let within = begun.filter(|begun| time.millis_since(*begun) <= funnel.window_ms);
                let Some(since) = within else { continue };
                let known = places[step];
                self.steps[number][step] += u64::from(known.is_none());
                places[step] = Some(known.map_or(since, |known| known.max(since)));
            }
        }
    }

    fn count_goal(&mut self, goal: usize, user: u32, day: u32) {
        if self.today.0 != day || self.today.1.is_empty() {
            let none = std::iter::repeat_with(UserSet::default);
            self.today = (day, none.take(self.goals.goals.len()).collect());
        }
        let (sessions, users) = self.reached.entry((day, goal)).or_default();
        *sessions += 1;
        *users += u64::from(self.today.1[goal].insert(user));
    }

    /// Adds the sums of what is declared, with the date of each day.
    pub(super) fn add_to(self, dates: &[String], sums: &mut TableSums) {
        let goals: Vec<String> = self.goals.goals.into_iter().map(|(name, _)| name).collect();
        let of_goal = |((day, goal), reached): ((u32, usize), (u64, u64))| {
            ((dates[day as usize].clone(), goals[goal].clone()), reached)
        };
        let reached = self.reached.into_iter().map(of_goal);
        sums.goals = (!goals.is_empty()).then(|| reached.collect());
        let mut steps = SumsBy::default();
        for (place, (funnel, counts)) in (0..).zip(self.goals.funnels.into_iter().zip(self.steps)) {
            for (number, ((step, _), sessions)) in (1..).zip(funnel.steps.into_iter().zip(counts)) {
                steps.0.insert((place, funnel.name.clone(), number, step), sessions);
            }
        }
        sums.flow_funnels = (!steps.0.is_empty()).then_some(steps);
        let experiments = self.experiments.filter(|_| !goals.is_empty());
        sums.experiments = experiments.map(|experiments| experiments.into_sums(goals));
    }
}

impl GoalProgress {
    /// Notes that a goal is reached; whether it is for the first time.
    fn reaches(&mut self, goal: usize) -> bool {
        if self.reached.len() <= goal {
            self.reached.resize(goal + 1, false);
        }
        !std::mem::replace(&mut self.reached[goal], true)
    }
}

/// True for an event that reaches a milestone.
pub(super) fn is_at(milestone: &Milestone, event: &EventFields<'_>) -> bool {
    *milestone.event_type == *event.event_type
        && milestone.page.as_deref().is_none_or(|page| event.page_path.as_deref() == Some(page))
}
