//! The experiments of a scenario: who is exposed, and what comes of it.

use std::collections::BTreeMap;

use crate::event::event_type;
use crate::wire::{EventFields, scan};

use super::quotients::percent;
use super::tables::ExperimentResult;
use super::users::UserSet;

/// The true effect of a variant on a goal, as the forecast says.
#[derive(Clone, Debug, PartialEq)]
pub struct TrueEffect {
    /// The experiment.
    pub experiment: String,
    /// The variant; lifts are over the first of an experiment.
    pub variant: String,
    /// The goal.
    pub goal: String,
    /// The share of the exposed sessions that reach it.
    pub rate: f64,
    /// The relative difference from the first variant; none if that never reaches it.
    pub lift: Option<f64>,
}

/// The exposed sessions and users of each variant, and the goals that they reached.
#[derive(Debug, Default)]
pub(super) struct ExperimentTotals {
    effects: Vec<TrueEffect>,
    /// By experiment and variant: the place among the totals.
    places: BTreeMap<(String, String), usize>,
    totals: Vec<VariantTotals>,
}

#[derive(Debug, Default)]
struct VariantTotals {
    users: UserSet,
    user_count: u64,
    sessions: u64,
    /// By goal.
    conversions: Vec<u64>,
}

impl ExperimentTotals {
    pub(super) fn new(effects: Vec<TrueEffect>) -> Self {
        Self { effects, ..Self::default() }
    }

    /// Takes an event of a session into account that exposes its user, if it is one; the session has reached some
    /// goals, and been exposed to some variants.
    pub(super) fn observe(
        &mut self,
        event: &EventFields<'_>,
        user: u32,
        reached: &[bool],
        exposed: &mut Vec<usize>,
    ) {
        if *event.event_type != *event_type::EXPERIMENT_VIEWED {
            return;
        }
        let members = scan::members(&event.props, ["experiment", "variant"]);
        let Ok([Some(experiment), Some(variant)]) = members else { return };
        let (Ok(experiment), Ok(variant)) = (scan::text(experiment), scan::text(variant)) else {
            return;
        };
        let next = self.totals.len();
        let key = (experiment.into_owned(), variant.into_owned());
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.totals.push(VariantTotals::default());
        }
        let totals = &mut self.totals[place];
        totals.user_count += u64::from(totals.users.insert(user));
        if exposed.contains(&place) {
            return;
        }
        exposed.push(place);
        totals.sessions += 1;
        for goal in (0..reached.len()).filter(|goal| reached[*goal]) {
            totals.reaches(goal);
        }
    }

    /// A session that has been exposed to some variants reaches a goal.
    pub(super) fn reaches(&mut self, goal: usize, exposed: &[usize]) {
        for place in exposed {
            self.totals[*place].reaches(goal);
        }
    }

    /// The rows, with the names of the goals.
    pub(super) fn into_rows(self, goals: &[&str]) -> Vec<ExperimentResult> {
        let mut rows = Vec::with_capacity(self.places.len() * goals.len());
        for ((experiment, variant), place) in &self.places {
            let totals = &self.totals[*place];
            let first = self.effects.iter().find(|effect| effect.experiment == *experiment);
            let first = first.map(|effect| (experiment.clone(), effect.variant.clone()));
            let first = first.and_then(|key| self.places.get(&key));
            for (number, goal) in goals.iter().enumerate() {
                let effect = self.effects.iter().find(|effect| {
                    (&*effect.experiment, &*effect.variant, &*effect.goal)
                        == (experiment, variant, goal)
                });
                let conversions = totals.conversions(number);
                rows.push(ExperimentResult {
                    experiment: experiment.clone(),
                    variant: variant.clone(),
                    goal: (*goal).to_owned(),
                    users: totals.user_count,
                    sessions: totals.sessions,
                    conversions,
                    rate: percent(conversions, totals.sessions).unwrap_or_default(),
                    lift: first.and_then(|first| totals.lift(&self.totals[*first], number)),
                    true_rate: effect.map(|effect| rounded_percent(effect.rate)),
                    true_lift: effect.and_then(|effect| effect.lift).map(rounded_percent),
                });
            }
        }
        rows
    }
}

impl VariantTotals {
    fn reaches(&mut self, goal: usize) {
        if self.conversions.len() <= goal {
            self.conversions.resize(goal + 1, 0);
        }
        self.conversions[goal] += 1;
    }

    fn conversions(&self, goal: usize) -> u64 {
        self.conversions.get(goal).copied().unwrap_or_default()
    }

    /// The relative difference of the rate from that of another variant, in percent, exactly and then rounded.
    fn lift(&self, first: &Self, goal: usize) -> Option<f64> {
        let ours = self.conversions(goal).saturating_mul(first.sessions);
        let theirs = first.conversions(goal).saturating_mul(self.sessions);
        let size = percent(ours.abs_diff(theirs), theirs)?;
        Some(if ours < theirs { -size } else { size })
    }
}

/// A share as a percentage of six decimals.
fn rounded_percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}
