//! The effects of variants on what events carry.

use super::effects::EffectSize;
use super::specs::Experiment;
use super::target::EffectTarget;
use crate::event::BuiltIn;
use crate::scenario::events::{BySpec, EventSpec, ExactNumber, Named, PropertySpec};
use crate::scenario::flow::FlowSpec;

/// What an experiment changes in a property of an event.
#[derive(Clone, Debug)]
pub(crate) struct PropertyEffect {
    pub(crate) experiment: String,
    pub(crate) event_type: String,
    pub(crate) property: String,
    /// The values are drawn, so that nothing but the effect makes their mean differ.
    pub(crate) is_drawn: bool,
    /// By variant: what its name is, and by what it multiplies the value.
    pub(crate) factors: Vec<(String, ExactNumber)>,
}

impl PropertyEffect {
    /// The mean factor, with the shares of the variants.
    pub(crate) fn mean_factor(&self, shares: &[f64]) -> f64 {
        self.factors.iter().zip(shares).map(|((_, factor), share)| factor.nearest() * share).sum()
    }
}

impl Experiment {
    /// Its effects on what these events carry.
    pub(crate) fn property_effects(&self, events: &Named<EventSpec>) -> Vec<PropertyEffect> {
        let effect = |target: &str| {
            let (event_type, property) = target_in(events, target)?;
            let factor = |variant: &str| {
                let change = self.properties.get(variant).and_then(|changes| changes.get(target));
                change.copied().unwrap_or_default().exact_factor()
            };
            let factors =
                self.variants.iter().map(|(name, _)| Some((name.to_owned(), factor(name)?)));
            Some(PropertyEffect {
                experiment: self.name.clone(),
                event_type: event_type.to_owned(),
                property: property.to_owned(),
                is_drawn: is_drawn(events.get(event_type)?.properties.get(property)?),
                factors: factors.collect::<Option<_>>()?,
            })
        };
        self.property_targets().into_iter().filter_map(effect).collect()
    }

    /// The properties that it has effects on, each once, as they are written.
    pub(super) fn property_targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = Vec::new();
        for (target, _) in self.properties.iter().flat_map(|(_, changes)| changes.iter()) {
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        targets
    }

    /// The pages of a flow whose views expose users; none are all.
    pub(crate) fn pages<'s>(&'s self, flow: &'s FlowSpec) -> Vec<&'s str> {
        if let Some(page) = &self.exposure {
            return vec![page];
        }
        let targets = self.targets().into_iter();
        let pages = targets.filter_map(|text| Some(EffectTarget::new(text, flow)?.page()));
        pages.chain(self.property_pages(flow)).collect()
    }

    /// The pages of a flow where the events happen whose properties differ.
    fn property_pages<'f>(&self, flow: &'f FlowSpec) -> Vec<&'f str> {
        let targets = self.property_targets();
        let is_target = |key: &str| {
            let event_type = BuiltIn::of_key(key).map_or(key, |event| event.event_type());
            targets.iter().any(|target| {
                target.strip_prefix(event_type).is_some_and(|rest| rest.starts_with('.'))
            })
        };
        let pages = flow.pages.iter();
        let pages = pages.filter(|(_, page)| page.events.iter().any(|(key, _)| is_target(key)));
        pages.map(|(name, _)| name).collect()
    }
}

/// True for numbers that are not calculated from others.
fn is_drawn(property: &PropertySpec) -> bool {
    let mut cases = property.by.iter().flat_map(BySpec::cases);
    property.formula.is_none() && property.sum.is_none() && cases.all(|(_, case)| is_drawn(case))
}

/// The event and the property that a target such as `purchase.amount` means.
pub(super) fn target_in<'t>(
    events: &Named<EventSpec>,
    target: &'t str,
) -> Option<(&'t str, &'t str)> {
    let mut places = target.rmatch_indices('.');
    places.find_map(|(at, _)| {
        let (event, property) = (&target[..at], &target[at + 1..]);
        events.get(event)?.properties.get(property).map(|_| (event, property))
    })
}

impl EffectSize {
    /// What a quantity is multiplied by, exactly; none if that has more digits than are calculated with.
    fn exact_factor(self) -> Option<ExactNumber> {
        let percent = ExactNumber::parse(self.percent().to_string().as_bytes())?;
        percent.add(ExactNumber::of_units(100, 0))?.multiply(ExactNumber::of_units(1, 2))
    }
}
