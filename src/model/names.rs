//! The names that events carry, as tables that records point into.

use std::collections::HashMap;

use crate::behavior::{FlowNames, JourneyPath};
use crate::event::{Kind, Page, event_type};
use crate::scenario::events::Named;
use crate::scenario::flow::FlowSpec;
use crate::scenario::{Journey, Problem, Scenario};

/// Every name of a scenario, by the index that stands for it in a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// By kind.
    pub(crate) event_types: Vec<String>,
    /// The place among the custom events from which those of `event_type::IDENTITY` are.
    identity_from: u16,
    /// The scenario's `pages`, then those that only journeys or flows name.
    pub(crate) pages: Vec<String>,
    /// The scenario's `buttons`, then those that only journeys or a flow name.
    pub(crate) buttons: Vec<String>,
    /// Journey and step, from 1, of every page on a journey's path.
    pub(crate) steps: Vec<(String, u32)>,
    /// Experiment and variant, of all experiments.
    pub(crate) variants: Vec<(String, String)>,
}

impl Names {
    /// The names of a scenario but for those of its journeys and flows.
    pub(super) fn new(scenario: &Scenario, custom_names: Vec<String>) -> Self {
        let built_in = Kind::BUILT_IN.into_iter().map(|event| event.event_type().to_owned());
        let identity = scenario.users.identity.as_ref().map(|_| event_type::IDENTITY);
        let identity = identity.into_iter().flatten().map(str::to_owned);
        let exposure = (!scenario.experiments.is_empty()).then_some(event_type::EXPERIMENT_VIEWED);
        let variants = scenario.experiments.iter().flat_map(|experiment| {
            let names = experiment.variants.iter().map(|(variant, _)| variant.to_owned());
            names.map(|variant| (experiment.name.clone(), variant))
        });
        Self {
            identity_from: custom_names.len() as u16,
            event_types: built_in
                .chain(custom_names)
                .chain(identity)
                .chain(exposure.map(str::to_owned))
                .collect(),
            pages: scenario.pages.clone(),
            buttons: scenario.buttons.clone(),
            steps: Vec::new(),
            variants: variants.collect(),
        }
    }

    /// The kind of an event of `event_type::IDENTITY`, by its place there.
    pub(crate) fn identity_kind(&self, place: u16) -> Kind {
        Kind::custom(self.identity_from + place)
    }

    /// The kind of the events by which users are exposed to experiments; none without.
    pub(super) fn exposure_kind(&self) -> Option<Kind> {
        // It is the last one.
        let place = self.event_types.len().checked_sub(Kind::BUILT_IN.len() + 1)?;
        (!self.variants.is_empty()).then(|| Kind::custom(place as u16))
    }

    /// Turns the journeys' names into indices, adding those that are not there yet.
    pub(super) fn add_journeys(&mut self, journeys: &[Journey]) -> Vec<JourneyPath> {
        let mut page_index = index_of(&self.pages);
        let mut button_index = index_of(&self.buttons);
        let mut paths = Vec::with_capacity(journeys.len());
        for journey in journeys {
            let pages = intern_all(&journey.path, &mut self.pages, &mut page_index);
            paths.push(JourneyPath::new(
                pages.into_iter().map(Page::new).collect(),
                intern_all(&journey.likely_clicks, &mut self.buttons, &mut button_index),
                self.steps.len() as u16,
            ));
            self.steps
                .extend((1..).zip(&journey.path).map(|(step, _)| (journey.name.clone(), step)));
        }
        paths
    }

    /// Turns a flow's names into indices, adding those that are not there yet.
    pub(super) fn add_flow(&mut self, flow: &FlowSpec) -> FlowNames {
        let (mut pages, mut buttons) = (index_of(&self.pages), index_of(&self.buttons));
        let all_pages: Vec<String> = flow.pages.iter().map(|(name, _)| name.to_owned()).collect();
        intern_all(&all_pages, &mut self.pages, &mut pages);
        let events = flow.pages.iter().flat_map(|(_, page)| page.events.iter());
        for (_, event) in events {
            let names = |shares: &Option<Named<f64>>| -> Vec<String> {
                let shares = shares.iter().flat_map(Named::iter);
                shares.map(|(name, _)| name.to_owned()).collect()
            };
            intern_all(&names(&event.href), &mut self.pages, &mut pages);
            intern_all(&names(&event.button), &mut self.buttons, &mut buttons);
        }
        let custom = Kind::BUILT_IN.len()..Kind::BUILT_IN.len() + usize::from(self.identity_from);
        let events = self.event_types[custom].to_vec();
        FlowNames { pages, buttons, events }
    }

    /// Refuses more names than an index can tell apart.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        const MOST: usize = u16::MAX as usize - 1;
        let mut refuse = |key: &str, what: &str, count: usize| {
            if count > MOST {
                problems.push(Problem::error(key, format!("{count} {what} are more than {MOST}")));
            }
        };
        refuse("pages", "different pages, those of the journeys included,", self.pages.len());
        refuse("buttons", "different buttons, those of the journeys included,", self.buttons.len());
        refuse("user_journeys", "pages on all paths together", self.steps.len());
        refuse("experiments", "variants of all experiments together", self.variants.len());
        let custom = self.event_types.len();
        refuse("event_probabilities", "events", custom);
    }
}

fn index_of(names: &[String]) -> HashMap<String, u16> {
    names.iter().cloned().zip(0..).collect()
}

fn intern_all(
    wanted: &[String],
    names: &mut Vec<String>,
    index: &mut HashMap<String, u16>,
) -> Vec<u16> {
    let mut intern = |name: &String| {
        *index.entry(name.clone()).or_insert_with(|| {
            names.push(name.clone());
            (names.len() - 1) as u16
        })
    };
    wanted.iter().map(&mut intern).collect()
}
