//! What events carry by the variant of their user, where an experiment changes it.

use std::collections::BTreeMap;

use crate::scenario::events::ExactNumber;
use crate::scenario::{PropertyEffect, Scenario};
use crate::wire::EventFields;

use super::quotients::exact_mean;
use super::revenue::Amounts;
use super::tables::ExperimentProperty;
use super::value_path::{ValuePath, value_name};

/// The properties that experiments change, with the ways to their values and to the variants.
#[derive(Clone, Debug)]
pub(super) struct ChangedProperties {
    effects: Vec<(PropertyEffect, ValuePath)>,
    /// One for each of them.
    amounts: Amounts,
}

impl ChangedProperties {
    /// Those of a scenario; none if there are none.
    pub(super) fn new(scenario: &Scenario) -> Option<Self> {
        let experiments = scenario.experiments.iter();
        let effects: Vec<(PropertyEffect, ValuePath)> = experiments
            .flat_map(|experiment| experiment.property_effects(&scenario.events))
            .map(|effect| {
                let variant = ValuePath::of_attribute("user", &effect.experiment);
                (effect, variant)
            })
            .collect();
        let places = effects.iter().map(|(effect, _)| (&*effect.event_type, &*effect.property));
        let amounts = Amounts::of(scenario, places);
        (!effects.is_empty()).then_some(Self { effects, amounts })
    }
}

/// The sums so far.
#[derive(Debug)]
pub(super) struct ChangedPropertyTotals {
    changed: ChangedProperties,
    /// By effect, currency and variant: the number of values and their sum.
    sums: BTreeMap<(usize, String, usize), (u64, ExactNumber)>,
}

impl ChangedPropertyTotals {
    pub(super) fn new(changed: ChangedProperties) -> Self {
        Self { changed, sums: BTreeMap::new() }
    }

    pub(super) fn observe(&mut self, event: &EventFields<'_>) {
        for ((place, currency), value) in self.changed.amounts.values(event) {
            let (effect, path) = &self.changed.effects[place];
            let Some(variant) = path.find(event).map(value_name) else { continue };
            let variant = effect.factors.iter().position(|(name, _)| *name == variant);
            let Some(variant) = variant else { continue };
            let sum = self.sums.entry((place, currency, variant)).or_insert((0, ExactNumber::ZERO));
            if let Some(total) = sum.1.add(value) {
                *sum = (sum.0 + 1, total);
            }
        }
    }

    /// The table.
    pub(super) fn into_rows(self) -> Vec<ExperimentProperty> {
        let mut rows = Vec::with_capacity(self.sums.len());
        for ((place, currency, variant), (events, sum)) in &self.sums {
            let (effect, _) = &self.changed.effects[*place];
            let first = self.sums.get(&(*place, currency.clone(), 0));
            let mean = |(events, sum): &(u64, ExactNumber)| sum.nearest() / *events as f64;
            let lift = |mean: f64, first: f64| (first != 0.0).then(|| percent(mean / first - 1.0));
            let factors = [0, *variant].map(|of| effect.factors[of].1.nearest());
            rows.push(ExperimentProperty {
                experiment: effect.experiment.clone(),
                variant: effect.factors[*variant].0.clone(),
                event_type: effect.event_type.clone(),
                property: effect.property.clone(),
                currency: currency.clone(),
                events: *events,
                mean: exact_mean(*sum, *events),
                lift: first.and_then(|first| lift(mean(&(*events, *sum)), mean(first))),
                true_lift: lift(factors[1], factors[0]).filter(|_| effect.is_drawn),
            });
        }
        let key = |row: &ExperimentProperty| {
            let ExperimentProperty { experiment, variant, event_type, property, currency, .. } =
                row.clone();
            (experiment, variant, event_type, property, currency)
        };
        rows.sort_by_key(key);
        rows
    }
}

/// A share as a percentage of six decimals.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}
