//! The expected number of each event, and of each name, in a session.

use crate::behavior::{Behavior, JourneyPath, LIKELY_CLICK};
use crate::event::Kind;
use crate::model::Model;

/// Expected numbers in one session, by index into the model's names.
#[derive(Clone, Debug)]
pub(crate) struct Frequencies {
    pub(crate) kinds: Vec<f64>,
    /// Visits of each page.
    pub(crate) visits: Vec<f64>,
    /// Visits of each page that are not a session's first.
    pub(crate) later_visits: Vec<f64>,
    /// Visits on each journey step.
    pub(crate) steps: Vec<f64>,
    /// Visits on no journey step.
    pub(crate) off_path: f64,
    /// Clicks on each button.
    pub(crate) clicks: Vec<f64>,
}

impl Model {
    /// Expected numbers of everything in one session. That a random page is never the one before is
    /// left out, which matters little.
    pub(crate) fn frequencies(&self) -> Frequencies {
        let (behavior, names) = (self.behavior(), self.names());
        let mut frequencies = Frequencies {
            kinds: events_by_kind(behavior, names.event_types.len()),
            visits: vec![0.0; names.pages.len()],
            later_visits: vec![0.0; names.pages.len()],
            steps: vec![0.0; names.steps.len()],
            off_path: 0.0,
            clicks: vec![0.0; names.buttons.len()],
        };
        let reached = chances_of_reaching(behavior);
        for (journey, share) in behavior.journeys.shares() {
            for (position, chance) in reached.iter().enumerate() {
                frequencies.add_visit(behavior, journey, position, share * chance);
            }
        }
        frequencies
    }
}

/// The expected number of events of each kind in a session.
pub(super) fn events_by_kind(behavior: &Behavior, kinds: usize) -> Vec<f64> {
    let pages = behavior.page_count.mean();
    let onward = behavior.navigates.probability() * (pages - 1.0);
    let actions = pages * behavior.action_count.mean();
    let mut by_kind = vec![0.0; kinds];
    by_kind[Kind::SESSION_CREATED.index()] = 1.0;
    by_kind[Kind::SESSION_ENDED.index()] = behavior.ends.probability();
    by_kind[Kind::PAGE_VISITED.index()] = pages;
    by_kind[Kind::PAGE_CLOSED.index()] = behavior.closes.probability() * (pages - onward);
    by_kind[Kind::LINK_ONWARD.index()] = onward;
    for (kind, share) in behavior.actions.shares() {
        by_kind[kind.index()] += actions * share;
    }
    by_kind
}

/// The probability that a session has a first, a second, a third ... page.
fn chances_of_reaching(behavior: &Behavior) -> Vec<f64> {
    let mut chances = vec![0.0; behavior.page_count.max() as usize];
    let mut beyond = 0.0;
    let probabilities: Vec<(u32, f64)> = behavior.page_count.probabilities().collect();
    let mut falling = probabilities.iter().rev().peekable();
    for (position, chance) in chances.iter_mut().enumerate().rev() {
        while let Some((_, p)) = falling.next_if(|&&(pages, _)| pages as usize > position) {
            beyond += p;
        }
        *chance = beyond;
    }
    chances
}

impl Frequencies {
    fn add_visit(
        &mut self,
        behavior: &Behavior,
        journey: &JourneyPath,
        position: usize,
        weight: f64,
    ) {
        let on_path = journey.page(position);
        let pages = match on_path {
            Some(page) => page.index()..page.index() + 1,
            None => 0..usize::from(behavior.random_pages),
        };
        spread(&mut self.visits[pages.clone()], weight);
        if position > 0 {
            spread(&mut self.later_visits[pages], weight);
        }
        match on_path {
            Some(_) => self.steps[usize::from(journey.step(position))] += weight,
            None => self.off_path += weight,
        }

        let clicks =
            weight * behavior.action_count.mean() * behavior.actions.share(Kind::BUTTON_CLICKED);
        let likely = match on_path {
            Some(_) if !journey.likely_clicks.is_empty() => clicks * LIKELY_CLICK.probability(),
            _ => 0.0,
        };
        for &button in &journey.likely_clicks {
            self.clicks[usize::from(button)] += likely / journey.likely_clicks.len() as f64;
        }
        spread(&mut self.clicks[..usize::from(behavior.random_buttons)], clicks - likely);
    }
}

fn spread(counts: &mut [f64], weight: f64) {
    let part = weight / counts.len().max(1) as f64;
    for count in counts {
        *count += part;
    }
}
