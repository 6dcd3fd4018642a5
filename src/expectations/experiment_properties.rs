//! What events carry by the variant of their user, where an experiment changes it.

use std::collections::BTreeMap;

use crate::scenario::{PropertyEffect, Scenario};
use crate::wire::EventFields;

use super::quotients::rounded_percent;
use super::revenue::Amounts;
use super::sums::{AmountSums, ChangedKey, ChangedSums, SumsBy};
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
    /// By effect, currency and variant.
    sums: BTreeMap<(usize, String, usize), AmountSums>,
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
            self.sums.entry((place, currency, variant)).or_default().add_one(value);
        }
    }

    /// The sums, by names.
    pub(super) fn into_sums(self) -> SumsBy<ChangedKey, ChangedSums> {
        let named =
            |((place, currency, variant), amounts): ((usize, String, usize), AmountSums)| {
                let (effect, _) = &self.changed.effects[place];
                let PropertyEffect { experiment, event_type, property, factors, .. } = effect;
                let [first, ours] = [0, variant].map(|of| factors[of].1.nearest());
                let lift = (first != 0.0).then(|| rounded_percent(ours / first - 1.0));
                let sums = ChangedSums {
                    amounts,
                    first: factors[0].0.clone(),
                    true_lift: lift.filter(|_| effect.is_drawn),
                };
                let variant = factors[variant].0.clone();
                let of =
                    (experiment.clone(), variant, event_type.clone(), property.clone(), currency);
                (of, sums)
            };
        self.sums.into_iter().map(named).collect()
    }
}
