//! How often each name is to be expected in a session.

use super::Model;
use super::names::JourneyPath;
use super::session::LIKELY_CLICK;

/// Expected numbers in one session, by index into the model's names.
#[derive(Clone, Debug)]
pub(crate) struct Frequencies {
    pub(crate) kinds: Vec<f64>,
    /// Visits of each page.
    pub(crate) visits: Vec<f64>,
    /// Visits of each page that are not a session's first.
    pub(crate) later_visits: Vec<f64>,
    /// Visits on each journey step, from 1; those on none at 0.
    pub(crate) steps: Vec<f64>,
    /// Clicks on each button.
    pub(crate) clicks: Vec<f64>,
}

impl Model {
    /// Expected numbers of everything in one session. That a random page is never the one before is
    /// left out, which matters little.
    pub(crate) fn frequencies(&self) -> Frequencies {
        let mut frequencies = Frequencies {
            kinds: self.events_per_session_by_kind(),
            visits: vec![0.0; self.names.pages.len()],
            later_visits: vec![0.0; self.names.pages.len()],
            steps: vec![0.0; self.names.steps.len() + 1],
            clicks: vec![0.0; self.names.buttons.len()],
        };
        let reached = self.chances_of_reaching();
        for (journey, &share) in self.journeys.iter().zip(&self.journey_shares) {
            for (position, chance) in reached.iter().enumerate() {
                frequencies.add_visit(self, journey, position, share * chance);
            }
        }
        frequencies
    }

    /// The probability that a session has a first, a second, a third ... page.
    fn chances_of_reaching(&self) -> Vec<f64> {
        let mut chances = vec![0.0; self.pages.max() as usize];
        let mut beyond = 0.0;
        let probabilities: Vec<(u32, f64)> = self.pages.probabilities().collect();
        let mut falling = probabilities.iter().rev().peekable();
        for (position, chance) in chances.iter_mut().enumerate().rev() {
            while let Some((_, p)) = falling.next_if(|&&(pages, _)| pages as usize > position) {
                beyond += p;
            }
            *chance = beyond;
        }
        chances
    }
}

impl Frequencies {
    fn add_visit(&mut self, model: &Model, journey: &JourneyPath, position: usize, weight: f64) {
        let on_path = journey.page(position);
        let pages = match on_path {
            Some(page) => usize::from(page)..usize::from(page) + 1,
            None => 0..usize::from(model.random_pages),
        };
        spread(&mut self.visits[pages.clone()], weight);
        if position > 0 {
            spread(&mut self.later_visits[pages], weight);
        }
        let step = on_path.map_or(0, |_| usize::from(journey.first_step) + position);
        self.steps[step] += weight;

        let clicks = weight * model.actions.mean() * model.action_shares[0];
        let likely = match on_path {
            Some(_) if !journey.likely_clicks.is_empty() => clicks * LIKELY_CLICK.probability(),
            _ => 0.0,
        };
        for &button in &journey.likely_clicks {
            self.clicks[usize::from(button)] += likely / journey.likely_clicks.len() as f64;
        }
        spread(&mut self.clicks[..usize::from(model.random_buttons)], clicks - likely);
    }
}

fn spread(counts: &mut [f64], weight: f64) {
    let part = weight / counts.len().max(1) as f64;
    for count in counts {
        *count += part;
    }
}
