//! The combinations of variants in which sessions differ.

use super::shifted_flow::{Shift, ShiftRefusal, shifted};
use super::specs::Experiment;
use super::target::EffectTarget;
use crate::scenario::flow::FlowSpec;

/// The combinations of the variants of all experiments that have an effect, numbered so that the variant of the last
/// one changes first.
#[derive(Clone, Debug)]
pub(crate) struct Combinations {
    /// The place of each experiment that has an effect, and the shares of its variants.
    of: Vec<(usize, Vec<f64>)>,
}

impl Combinations {
    pub(crate) fn new(experiments: &[Experiment]) -> Self {
        let shares = |experiment: &Experiment| -> Vec<f64> {
            experiment.variants.iter().map(|(_, share)| *share).collect()
        };
        let with_effect =
            experiments.iter().enumerate().filter(|(_, experiment)| experiment.has_effect());
        Self { of: with_effect.map(|(place, experiment)| (place, shares(experiment))).collect() }
    }

    /// The number of combinations, at least 1.
    pub(crate) fn count(&self) -> usize {
        let counts = self.of.iter().map(|(_, shares)| shares.len().max(1));
        counts.fold(1, usize::saturating_mul)
    }

    /// The number of the combination in which an experiment, by its place, has a variant.
    #[inline]
    pub(crate) fn number(&self, variant: impl Fn(usize) -> usize) -> usize {
        self.of.iter().fold(0, |number, (place, shares)| number * shares.len() + variant(*place))
    }

    /// Each experiment that has an effect with its variant in a combination.
    pub(crate) fn variants(&self, mut number: usize) -> Vec<(usize, usize)> {
        let mut variants = Vec::with_capacity(self.of.len());
        for (place, shares) in self.of.iter().rev() {
            let count = shares.len().max(1);
            variants.push((*place, number % count));
            number /= count;
        }
        variants.reverse();
        variants
    }

    /// The share of a combination among the users.
    pub(crate) fn share(&self, number: usize) -> f64 {
        let variants = self.variants(number);
        let shares =
            self.of.iter().zip(variants).map(|((_, shares), (_, variant))| {
                shares.get(variant).copied().unwrap_or_default()
            });
        shares.product()
    }

    /// A flow as it is in a combination, and the effects that cannot be.
    pub(super) fn flow<'e>(
        &self,
        flow: &FlowSpec,
        number: usize,
        experiments: &'e [Experiment],
    ) -> (FlowSpec, Vec<ShiftRefusal<'e>>) {
        let mut shifts = Vec::new();
        for (place, variant) in self.variants(number) {
            let experiment = &experiments[place];
            for text in experiment.targets() {
                let target = EffectTarget::new(text, flow);
                if let (Some(target), Some(factor)) = (target, experiment.factor(variant, text)) {
                    shifts.push(Shift { target, factor, experiment: place, text });
                }
            }
        }
        shifted(flow, &shifts)
    }

    /// The flow of a checked scenario in a combination.
    pub(crate) fn shifted(
        &self,
        flow: &FlowSpec,
        number: usize,
        experiments: &[Experiment],
    ) -> FlowSpec {
        self.flow(flow, number, experiments).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn scenario() -> Scenario {
        Scenario::from_yaml(
            "flow: { start: /a, pages: { /a: { next: { /a: 0.2, /b: 0.3, exit: 0.5 }, events: { \
               buy: { probability: 0.4, next: /b }, look: { mean: 2 }, some: { min: 0, max: 4 } } }, \
               /b: {} } }\n\
             experiments: [ \
               { name: x, variants: { c: 0.25, t: 0.75 }, effect: { t: { /a.buy: +10%, '/a -> /b': -40%, \
                 /a.some: +20% } } }, \
               { name: idle, variants: { c: 0.5, t: 0.5 } }, \
               { name: y, variants: { c: 0.5, t: 0.3, u: 0.2 }, effect: { t: { /a.buy: -50% }, \
                 u: { /a.look: +100%, /a -> /a: +50% } } } ]",
        )
        .unwrap()
    }

    /// What the flow says stands on average over the users, whatever the experiments do.
    #[test]
    fn configured_probabilities_stand_on_average() {
        let scenario = scenario();
        let flow = scenario.flow.as_ref().unwrap();
        let combinations = Combinations::new(&scenario.experiments);
        assert_eq!(combinations.count(), 6);
        let mean = |value: &dyn Fn(&FlowSpec) -> f64| -> f64 {
            (0..6)
                .map(|number| {
                    let shifted = combinations.shifted(flow, number, &scenario.experiments);
                    combinations.share(number) * value(&shifted)
                })
                .sum()
        };
        let page = |flow: &FlowSpec| flow.page("/a").unwrap().clone();
        let means = [
            (mean(&|_| 1.0), 1.0),
            (mean(&|flow| page(flow).events.get("buy").unwrap().probability.unwrap()), 0.4),
            (mean(&|flow| page(flow).events.get("look").unwrap().mean.unwrap()), 2.0),
            (mean(&|flow| page(flow).events.get("some").unwrap().mean.unwrap()), 2.0),
            (mean(&|flow| *page(flow).next.get("/a").unwrap()), 0.2),
            (mean(&|flow| *page(flow).next.get("/b").unwrap()), 0.3),
            (mean(&|flow| *page(flow).next.get("exit").unwrap()), 0.5),
        ];
        for (found, wanted) in means {
            assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        }
    }

    /// `p0 = p / (1 + w d)` and `p1 = p0 (1 + d)`; two experiments multiply.
    #[test]
    fn variants_differ_as_the_effects_say() {
        let scenario = scenario();
        let flow = scenario.flow.as_ref().unwrap();
        let combinations = Combinations::new(&scenario.experiments);
        let buy = |x: usize, y: usize| {
            let number = combinations.number(|place| if place == 0 { x } else { y });
            assert_eq!(combinations.variants(number), [(0, x), (2, y)]);
            let shifted = combinations.shifted(flow, number, &scenario.experiments);
            shifted.page("/a").unwrap().events.get("buy").unwrap().probability.unwrap()
        };
        assert!((buy(1, 0) / buy(0, 0) - 1.1).abs() < 1e-12);
        assert!((buy(1, 1) / buy(0, 0) - 1.1 * 0.5).abs() < 1e-12);
        let (x0, y0) = (1.0 / (1.0 + 0.75 * 0.1), 1.0 / (1.0 - 0.3 * 0.5));
        assert!((buy(0, 0) - 0.4 * x0 * y0).abs() < 1e-12);
    }
}
