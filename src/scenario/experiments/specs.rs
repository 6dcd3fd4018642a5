//! The keys of an experiment.

use serde::Serialize;

use super::effects::{EffectSize, EffectsKind};
use crate::scenario::events::Named;
use crate::scenario::flow::SharesKind;
use crate::scenario::key_rows::keys;
use crate::scenario::kinds::{NAME, Optional, Required};
use crate::scenario::section::{Keys, Section};

keys! {
    /// One entry of `experiments`: users are divided between variants, in which sessions differ.
    pub struct Experiment {
        /// The name, unique. Users have their variant in an attribute of this name, as `user.new_checkout`.
        name: String = String::new(), Required { kind: NAME, example: "new_checkout" };
        /// The variants with their shares of the users, which sum to 1; lifts are over the first.
        variants: Named<f64> = halves(), SharesKind;
        /// By variant, what changes: `/checkout.purchase: +10%` of an event on a page, `/cart -> /checkout: -5%` of a way.
        #[serde(skip_serializing_if = "Named::is_empty")]
        effect: Named<Named<EffectSize>> = Named::default(), EffectsKind;
        /// By variant, numbers that events carry and by how much they differ from what `events` says: `purchase.amount: +5%`.
        #[serde(skip_serializing_if = "Named::is_empty")]
        properties: Named<Named<EffectSize>> = Named::default(), EffectsKind;
        /// The page whose first view in a session exposes the user; without it, those where the effects are.
        #[serde(skip_serializing_if = "Option::is_none")]
        exposure: Option<String> = None, Optional(NAME);
    }
}

fn halves() -> Named<f64> {
    Named(vec![("control".to_owned(), 0.5), ("treatment".to_owned(), 0.5)])
}

impl Experiment {
    /// What its effects are on, each once, in the order of the file.
    pub(super) fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = Vec::new();
        for (target, _) in self.effect.iter().flat_map(|(_, changes)| changes.iter()) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// What a variant multiplies a target by: the variants differ as the effects say, and the mean over the users is
    /// what the flow says. None if nothing is left of it in any variant.
    pub(super) fn factor(&self, variant: usize, target: &str) -> Option<f64> {
        let factor = |name: &str| {
            let change = self.effect.get(name).and_then(|changes| changes.get(target));
            change.map_or(1.0, |change| change.factor())
        };
        let mean: f64 = self.variants.iter().map(|(name, share)| share * factor(name)).sum();
        let (name, _) = self.variants.iter().nth(variant)?;
        (mean > 0.0).then(|| factor(name) / mean)
    }

    /// True if sessions differ between its variants.
    pub(super) fn has_effect(&self) -> bool {
        let mut changes = self.effect.iter().flat_map(|(_, changes)| changes.iter());
        changes.any(|(_, change)| *change != EffectSize::default())
    }
}
