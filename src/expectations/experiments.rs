//! The experiments of a scenario: who is exposed, and what comes of it.

use std::collections::BTreeMap;

use crate::event::event_type;
use crate::wire::{EventFields, scan};

use super::quotients::rounded_percent;
use super::sums::{ExperimentSums, SumsBy, VariantSums};
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

    /// The sums, with the names of the goals.
    pub(super) fn into_sums(self, goals: Vec<String>) -> ExperimentSums {
        let mut variants = SumsBy::default();
        for ((experiment, variant), place) in self.places {
            let totals = &self.totals[place];
            let first = self.effects.iter().find(|effect| effect.experiment == experiment);
            let truths = goals.iter().map(|goal| {
                let effect = self.effects.iter().find(|effect| {
                    (&effect.experiment, &effect.variant, &effect.goal)
                        == (&experiment, &variant, goal)
                });
                let rate = effect.map(|effect| rounded_percent(effect.rate));
                (rate, effect.and_then(|effect| effect.lift).map(rounded_percent))
            });
            let sums = VariantSums {
                users: totals.user_count,
                sessions: totals.sessions,
                conversions: (0..goals.len()).map(|goal| totals.conversions(goal)).collect(),
                first: first.map(|effect| effect.variant.clone()),
                truths: truths.collect(),
            };
            variants.0.insert((experiment, variant), sums);
        }
        ExperimentSums { goals, variants }
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
}
