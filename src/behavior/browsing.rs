//! The samplers from which a session of the mix is planned.

use crate::event::{Detail, Kind, Page, RecordContent};
use crate::random::{
    Aspect, AspectDraws, Bernoulli, BoundedCount, Draws, NameChoice, ParameterError, uniform,
};
use crate::scenario::Scenario;

use super::actions::Actions;
use super::bound_actions::BoundActions;
use super::calibration::Calibration;
use super::journeys::{JourneyPath, Journeys};
use super::page_count::PageCount;
use super::random_pages::RandomPages;

/// The share of the clicks on a journey's page that go to its likely buttons.
const LIKELY_CLICK: Bernoulli = match Bernoulli::new(0.7) {
    Ok(bernoulli) => bernoulli,
    Err(_) => panic!("not a probability"),
};

/// What happens in sessions that are mixed from shares of all events and begin with journeys.
#[derive(Clone, Debug)]
pub(crate) struct Browsing {
    /// The number of pages in a session.
    pub(crate) page_count: PageCount,
    /// The number of actions on a page.
    pub(crate) action_count: BoundedCount,
    pub(crate) actions: Actions,
    /// None if no custom event is bound to places.
    pub(super) bound: Option<BoundActions>,
    /// A page before the last is left by a link.
    pub(crate) navigates: Bernoulli,
    /// A page that is not left by a link sends its `page_closed`.
    pub(crate) closes: Bernoulli,
    /// A session sends its `session_ended`.
    pub(crate) ends: Bernoulli,
    pub(crate) journeys: Journeys,
    /// The pages for random browsing.
    pub(super) random_pages: RandomPages,
    /// The buttons for random clicking, which are the first ones of the model.
    pub(super) random_buttons: NameChoice,
}

impl Browsing {
    /// The samplers of a calibrated scenario.
    pub(super) fn new(
        scenario: &Scenario,
        calibration: Calibration,
        paths: Vec<JourneyPath>,
        random_pages: RandomPages,
    ) -> Result<Self, ParameterError> {
        Ok(Self {
            actions: Actions::new(&calibration.action_weights)?,
            bound: None,
            navigates: Bernoulli::new(calibration.navigates)?,
            closes: Bernoulli::new(calibration.closes)?,
            ends: Bernoulli::new(calibration.ends)?,
            page_count: calibration.page_count,
            action_count: calibration.action_count,
            journeys: Journeys::new(&scenario.user_journeys, paths)?,
            random_pages,
            random_buttons: NameChoice::new(&scenario.buttons),
        })
    }

    /// The steps of the journeys by their places among those of the model, each with its page and the share of the sessions
    /// that reach it.
    pub(crate) fn step_reaches(&self) -> Vec<(u16, Page, f64)> {
        let mut all: Vec<(u16, Page, f64)> = Vec::new();
        for (path, share) in self.journeys.shares() {
            let first = all.len();
            for (position, page) in path.pages.iter().enumerate() {
                all.push((path.step(position), *page, 0.0));
            }
            for (reached, of_path) in path.reaches() {
                let beyond = self.page_count.beyond(path.least_pages(reached));
                for ((.., reach), beyond) in all[first..].iter_mut().take(reached).zip(beyond) {
                    *reach += share * of_path * beyond;
                }
            }
        }
        all
    }

    /// The choice among the actions on a page, which may be a journey's step.
    #[inline]
    pub(super) fn actions_on(&self, page: Page, step: Option<u16>) -> &Actions {
        self.bound.as_ref().map_or(&self.actions, |bound| bound.on(page, step))
    }

    /// The `number`-th action on the page at `position`.
    #[inline]
    pub(super) fn action(
        &self,
        actions: &Actions,
        page: Page,
        likely_clicks: &[u16],
        draws: &ActionDraws,
        (position, number): (usize, u32),
    ) -> RecordContent {
        let kind = actions.sample(draws.kind.at_action(position, number));
        let target = || draws.target.at_action(position, number);
        let detail = match kind {
            Kind::BUTTON_CLICKED => Detail::Button(self.button(likely_clicks, target())),
            Kind::LINK_ELSEWHERE => Detail::Elsewhere(self.random_pages.other_than(page, target())),
            _ => Detail::None,
        };
        RecordContent { kind, page: Some(page), detail }
    }

    /// One of the likely buttons, or any.
    #[inline]
    fn button(&self, likely_clicks: &[u16], bits: u64) -> u16 {
        // The lower half says which way, the upper half alone where to.
        if !likely_clicks.is_empty() && LIKELY_CLICK.sample(bits << 32) {
            likely_clicks[uniform(bits, 0, likely_clicks.len() as u64 - 1) as usize]
        } else {
            self.random_buttons.sample(bits)
        }
    }

    /// The event by which the page at `position` is left: a link to the next page, or closing it; or none.
    #[inline]
    pub(super) fn leave(
        &self,
        page: Page,
        next: Option<Page>,
        draws: &LeaveDraws,
        position: usize,
    ) -> Option<RecordContent> {
        let place = position as u64;
        let (kind, detail) = match next {
            Some(next) if self.navigates.sample(draws.navigates.at(place)) => {
                (Kind::LINK_ONWARD, Detail::Onward(next))
            }
            _ if self.closes.sample(draws.closes.at(place)) => (Kind::PAGE_CLOSED, Detail::None),
            _ => return None,
        };
        Some(RecordContent { kind, page: Some(page), detail })
    }
}

/// The draws of a session's actions.
pub(super) struct ActionDraws {
    kind: AspectDraws,
    target: AspectDraws,
}

/// The draws of how pages are left.
pub(super) struct LeaveDraws {
    navigates: AspectDraws,
    closes: AspectDraws,
}

impl ActionDraws {
    pub(super) fn new(draws: Draws) -> Self {
        Self { kind: draws.of(Aspect::Action), target: draws.of(Aspect::Target) }
    }
}

impl LeaveDraws {
    pub(super) fn new(draws: Draws) -> Self {
        Self { navigates: draws.of(Aspect::Navigates), closes: draws.of(Aspect::Closes) }
    }
}
