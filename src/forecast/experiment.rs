//! The true effects of experiments, in closed form.

use serde::Serialize;

use crate::behavior::Flow;
use crate::expectations::TrueEffect;
use crate::model::{Exposure, Model};
use crate::scenario::PropertyEffect;

use super::persona::{PersonaPart, session_weights, weighted};

/// What an experiment does: how its variants differ in truth.
#[derive(Clone, Debug, Serialize)]
pub struct ExperimentForecast {
    /// The name.
    pub experiment: String,
    /// The variants; lifts are over the first.
    pub variants: Vec<VariantForecast>,
}

/// What happens in the sessions of users with a variant.
#[derive(Clone, Debug, Serialize)]
pub struct VariantForecast {
    /// The name.
    pub variant: String,
    /// Users, on average.
    pub users: f64,
    /// The share of their sessions that are exposed.
    pub exposed: f64,
    /// The goals of the flow.
    pub goals: Vec<GoalLift>,
    /// The events, by type.
    pub events: Vec<EventLift>,
    /// What it changes in what events carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<PropertyLift>,
}

/// How often exposed sessions reach a goal.
#[derive(Clone, Debug, Serialize)]
pub struct GoalLift {
    /// The name of the goal.
    pub goal: String,
    /// The share of the exposed sessions that reach it.
    pub rate: f64,
    /// The relative difference from the first variant; none if that never reaches it.
    pub lift: Option<f64>,
}

/// How often an event happens.
#[derive(Clone, Debug, Serialize)]
pub struct EventLift {
    /// The type.
    pub event_type: String,
    /// Events in a session, on average.
    pub per_session: f64,
    /// The relative difference from the first variant; none if that never has it.
    pub lift: Option<f64>,
}

/// What an experiment makes of a property.
#[derive(Clone, Debug, Serialize)]
pub struct PropertyLift {
    /// The type of the events.
    pub event_type: String,
    /// The property.
    pub property: String,
    /// The mean of the values; none without a closed form.
    pub mean: Option<f64>,
    /// The relative difference of each value from that of the first variant, but for the rounding of its last digit;
    /// none if that is nothing.
    pub lift: Option<f64>,
}

impl ExperimentForecast {
    /// The true effects on each goal.
    pub fn true_effects(&self) -> Vec<TrueEffect> {
        let of_variant = |variant: &VariantForecast| {
            let effect = |GoalLift { goal, rate, lift }: &GoalLift| TrueEffect {
                experiment: self.experiment.clone(),
                variant: variant.variant.clone(),
                goal: goal.clone(),
                rate: *rate,
                lift: *lift,
            };
            variant.goals.iter().map(effect).collect::<Vec<_>>()
        };
        self.variants.iter().flat_map(of_variant).collect()
    }
}

impl Model {
    /// What each experiment does, by the parts of all behaviors.
    pub(super) fn experiment_forecasts(
        &self,
        parts: &[PersonaPart<'_>],
    ) -> Vec<ExperimentForecast> {
        let weights = session_weights(parts);
        let combinations = self.people().combinations();
        let of = |(place, exposure): (usize, &Exposure)| {
            let variant = |number: usize| {
                // Where the experiment has no effect, all behaviors have each of its variants.
                let has = |behavior: usize| {
                    let variants = combinations.variants(behavior % combinations.count());
                    variants.iter().all(|(of, its)| *of != place || *its == number)
                };
                let of_variant = (0..).zip(&weights);
                let of_variant: Vec<f64> =
                    of_variant.map(|(behavior, w)| if has(behavior) { *w } else { 0.0 }).collect();
                self.variant_forecast(exposure, number, parts, &of_variant)
            };
            let mut variants: Vec<VariantForecast> =
                (0..exposure.variants.len()).map(variant).collect();
            add_lifts(&mut variants);
            ExperimentForecast { experiment: exposure.name.clone(), variants }
        };
        self.exposures().iter().enumerate().map(of).collect()
    }

    /// What happens in the sessions of users with a variant, lifts left out; with the weight of each behavior.
    fn variant_forecast(
        &self,
        exposure: &Exposure,
        variant: usize,
        parts: &[PersonaPart<'_>],
        weights: &[f64],
    ) -> VariantForecast {
        let all: f64 = weights.iter().sum();
        // A variant that nobody has happens in no session.
        let weights: Vec<f64> =
            weights.iter().map(|weight| if all > 0.0 { weight / all } else { 0.0 }).collect();
        let pages = &exposure.pages;
        let exposed = mean(parts, &weights, |flow| flow.reach_pages(pages));
        let mut goals: Vec<GoalLift> = Vec::new();
        for name in flows(parts).flat_map(|flow| &flow.goals).map(|goal| &goal.name) {
            if goals.iter().any(|known| known.goal == *name) {
                continue;
            }
            let both = mean(parts, &weights, |flow| {
                let goal = flow.goals.iter().find(|goal| goal.name == *name);
                goal.map_or(0.0, |goal| flow.reach_both(goal, pages))
            });
            let rate = if exposed > 0.0 { both / exposed } else { 0.0 };
            goals.push(GoalLift { goal: name.clone(), rate, lift: None });
        }
        let mut events: Vec<EventLift> = Vec::new();
        let counts = weighted(parts, &weights);
        for (name, count) in self.names().event_types.iter().zip(counts) {
            match events.iter_mut().find(|known| known.event_type == *name) {
                Some(known) => known.per_session += count,
                None => events.push(EventLift {
                    event_type: name.clone(),
                    per_session: count,
                    lift: None,
                }),
            }
        }
        VariantForecast {
            variant: exposure.variants[variant].clone(),
            users: exposure.shares[variant] * f64::from(self.users()),
            exposed,
            goals,
            events,
            properties: self.property_lifts(exposure, variant),
        }
    }

    /// What a variant makes of the properties that its experiment changes.
    fn property_lifts(&self, exposure: &Exposure, variant: usize) -> Vec<PropertyLift> {
        let lift = |effect: &PropertyEffect| {
            let [first, factor] = [0, variant].map(|of| effect.factors[of].1.nearest());
            let PropertyEffect { event_type, property, .. } = effect.clone();
            // Other experiments change the same values, whatever this one does.
            let others = self.exposures().iter().filter(|other| other.name != exposure.name);
            let others: f64 = others
                .flat_map(|other| other.effects.iter().map(|effect| (effect, &other.shares)))
                .filter(|(other, _)| {
                    (&other.event_type, &other.property) == (&event_type, &property)
                })
                .map(|(other, shares)| other.mean_factor(shares))
                .product();
            let mean = self.properties().mean_without_effects(&event_type, &property);
            PropertyLift {
                mean: mean.map(|mean| mean * others * factor),
                lift: (first != 0.0).then(|| factor / first - 1.0),
                event_type,
                property,
            }
        };
        exposure.effects.iter().map(lift).collect()
    }
}

fn flows<'p>(parts: &'p [PersonaPart<'_>]) -> impl Iterator<Item = &'p Flow> {
    parts.iter().filter_map(PersonaPart::followed)
}

/// The mean of a quantity of the flows, with the weight of each behavior.
fn mean(parts: &[PersonaPart<'_>], weights: &[f64], value: impl Fn(&Flow) -> f64) -> f64 {
    let weighted = flows(parts).zip(weights).filter(|(_, weight)| **weight > 0.0);
    weighted.map(|(flow, weight)| weight * value(flow)).sum()
}

/// Fills in the lifts over the first variant.
fn add_lifts(variants: &mut [VariantForecast]) {
    let Some(first) = variants.first().cloned() else { return };
    let lift = |value: f64, base: f64| (base > 0.0).then(|| value / base - 1.0);
    for variant in variants {
        for (goal, base) in variant.goals.iter_mut().zip(&first.goals) {
            goal.lift = lift(goal.rate, base.rate);
        }
        for (event, base) in variant.events.iter_mut().zip(&first.events) {
            event.lift = lift(event.per_session, base.per_session);
        }
    }
}
