//! The samplers from which a session is planned.

use crate::event::{Detail, Kind, Page, RecordContent};
use crate::random::{Bernoulli, ParameterError, Rng, TruncatedGeometric};
use crate::scenario::{Problem, Scenario};

use super::actions::Actions;
use super::calibration::Calibration;
use super::feasibility;
use super::journeys::{JourneyPath, Journeys};
use super::pace::Pace;

/// The share of the clicks on a journey's page that go to its likely buttons.
const LIKELY_CLICK: Bernoulli = match Bernoulli::new(0.7) {
    Ok(bernoulli) => bernoulli,
    Err(_) => panic!("not a probability"),
};

/// Everything from which a session is planned.
#[derive(Clone, Debug)]
pub(crate) struct Behavior {
    /// The number of pages in a session.
    pub(crate) page_count: TruncatedGeometric,
    /// The number of actions on a page.
    pub(crate) action_count: TruncatedGeometric,
    pub(crate) actions: Actions,
    /// A page before the last is left by a link.
    pub(crate) navigates: Bernoulli,
    /// A page that is not left by a link sends its `page_closed`.
    pub(crate) closes: Bernoulli,
    /// A session sends its `session_ended`.
    pub(crate) ends: Bernoulli,
    pub(crate) journeys: Journeys,
    /// The first so many pages of the model are for random browsing.
    pub(crate) random_pages: u16,
    /// The first so many buttons of the model are for random clicking.
    pub(crate) random_buttons: u16,
    pub(crate) pace: Pace,
    /// The duration that no session exceeds.
    pub(crate) longest_session_ms: u64,
}

impl Behavior {
    /// The behavior of a scenario's users, or none if one of its ranges cannot be kept.
    pub(crate) fn new(
        scenario: &Scenario,
        calibration: Calibration,
        paths: Vec<JourneyPath>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let pace = Pace::new(scenario);
        feasibility::check(&calibration, &pace, problems);
        match Self::sampled(scenario, calibration, paths, pace) {
            Ok(behavior) => Some(behavior),
            Err(error) => {
                problems.push(Problem::error("event_probabilities", error.to_string()));
                None
            }
        }
    }

    fn sampled(
        scenario: &Scenario,
        calibration: Calibration,
        paths: Vec<JourneyPath>,
        pace: Pace,
    ) -> Result<Self, ParameterError> {
        let journey_weights = scenario.user_journeys.iter().map(|journey| journey.probability);
        Ok(Self {
            longest_session_ms: pace
                .longest_session_ms(calibration.page_count.max(), calibration.most_events()),
            actions: Actions::new(&calibration.action_weights)?,
            navigates: Bernoulli::new(calibration.navigates)?,
            closes: Bernoulli::new(calibration.closes)?,
            ends: Bernoulli::new(calibration.ends)?,
            page_count: calibration.page_count,
            action_count: calibration.action_count,
            journeys: Journeys::new(paths, &journey_weights.collect::<Vec<_>>())?,
            random_pages: scenario.pages.len() as u16,
            random_buttons: scenario.buttons.len() as u16,
            pace,
        })
    }

    /// The time from the end of a session to the user's next one, at most.
    pub(crate) fn longest_gap_ms(&self) -> u64 {
        match self.pace {
            Pace::Human(ranges) => ranges.between_sessions_ms.1,
            Pace::Fixed { longest_ms, .. } => longest_ms,
        }
    }

    pub(super) fn any_page(&self, rng: &mut Rng) -> Page {
        Page::new(rng.below(u32::from(self.random_pages)) as u16)
    }

    /// A random page that is not `page`, as far as there is another.
    pub(super) fn page_other_than(&self, page: Page, rng: &mut Rng) -> Page {
        if page.index() >= usize::from(self.random_pages) {
            return self.any_page(rng);
        }
        let others = self.random_pages - 1;
        let drawn = Page::new(rng.below(u32::from(others)) as u16);
        if drawn == page { Page::new(others) } else { drawn }
    }

    /// An action on `page`.
    pub(super) fn action(&self, page: Page, likely_clicks: &[u16], rng: &mut Rng) -> RecordContent {
        let kind = self.actions.sample(rng);
        let detail = match kind {
            Kind::BUTTON_CLICKED => Detail::Button(self.button(likely_clicks, rng)),
            Kind::LINK_ELSEWHERE => Detail::Elsewhere(self.page_other_than(page, rng)),
            _ => Detail::None,
        };
        RecordContent { kind, page: Some(page), detail }
    }

    fn button(&self, likely_clicks: &[u16], rng: &mut Rng) -> u16 {
        if !likely_clicks.is_empty() && LIKELY_CLICK.sample(rng) {
            likely_clicks[rng.below(likely_clicks.len() as u32) as usize]
        } else {
            rng.below(u32::from(self.random_buttons)) as u16
        }
    }

    /// The event by which `page` is left: a link to the next page, or closing it; or none.
    pub(super) fn leave(
        &self,
        page: Page,
        next: Option<Page>,
        rng: &mut Rng,
    ) -> Option<RecordContent> {
        let (kind, detail) = match next {
            Some(next) if self.navigates.sample(rng) => (Kind::LINK_ONWARD, Detail::Onward(next)),
            _ if self.closes.sample(rng) => (Kind::PAGE_CLOSED, Detail::None),
            _ => return None,
        };
        Some(RecordContent { kind, page: Some(page), detail })
    }
}
