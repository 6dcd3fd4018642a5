//! The names that events carry, as tables that records point into.

use std::collections::HashMap;

use crate::event::event_type;
use crate::scenario::Scenario;

use super::error::Refusals;

/// Every name of a scenario, by the index that stands for it in a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// By kind.
    pub(crate) event_types: Vec<String>,
    /// The scenario's `pages`, then those that only journeys name.
    pub(crate) pages: Vec<String>,
    /// The scenario's `buttons`, then those that only journeys name.
    pub(crate) buttons: Vec<String>,
    /// Journey and step of every page on a journey's path; 1 stands for the first of them.
    pub(crate) steps: Vec<(String, u32)>,
}

/// A journey with its names as indices.
#[derive(Clone, Debug)]
pub(crate) struct JourneyPath {
    pages: Vec<u16>,
    pub(crate) likely_clicks: Vec<u16>,
    /// The index of its first page in `Names::steps`, counted from 1.
    pub(crate) first_step: u16,
}

impl JourneyPath {
    #[inline]
    pub(crate) fn page(&self, position: usize) -> Option<u16> {
        self.pages.get(position).copied()
    }
}

impl Names {
    pub(crate) fn new(scenario: &Scenario, custom_names: Vec<String>) -> Self {
        let built_in = [
            event_type::SESSION_CREATED,
            event_type::SESSION_ENDED,
            event_type::PAGE_VISITED,
            event_type::PAGE_CLOSED,
            event_type::BUTTON_CLICKED,
            event_type::LINK_CLICK,
            event_type::LINK_CLICK,
        ];
        Self {
            event_types: built_in.map(str::to_owned).into_iter().chain(custom_names).collect(),
            pages: scenario.pages.clone(),
            buttons: scenario.buttons.clone(),
            steps: Vec::new(),
        }
    }

    /// Turns the journeys' names into indices, adding those that are not there yet.
    pub(crate) fn add_journeys(&mut self, scenario: &Scenario) -> Vec<JourneyPath> {
        let mut page_index = index_of(&self.pages);
        let mut button_index = index_of(&self.buttons);
        let mut paths = Vec::with_capacity(scenario.user_journeys.len());
        for journey in &scenario.user_journeys {
            paths.push(JourneyPath {
                first_step: self.steps.len() as u16 + 1,
                pages: intern_all(&journey.path, &mut self.pages, &mut page_index),
                likely_clicks: intern_all(
                    &journey.likely_clicks,
                    &mut self.buttons,
                    &mut button_index,
                ),
            });
            self.steps
                .extend((1..).zip(&journey.path).map(|(step, _)| (journey.name.clone(), step)));
        }
        paths
    }

    /// Refuses more names than an index can tell apart.
    pub(super) fn check(&self, refusals: &mut Refusals) {
        const MOST: usize = u16::MAX as usize - 1;
        let mut refuse = |key: &str, what: &str, count: usize| {
            if count > MOST {
                refusals.add(key, format!("{count} {what} are more than {MOST}"));
            }
        };
        refuse("pages", "different pages, those of the journeys included,", self.pages.len());
        refuse("buttons", "different buttons, those of the journeys included,", self.buttons.len());
        refuse("user_journeys", "pages on all paths together", self.steps.len());
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
