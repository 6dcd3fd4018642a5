//! The first steps of sessions that follow a flow.

use crate::event::Page;

use super::sampler::Flow;

/// The part of the sessions that goes from a page to the next at a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowStep {
    /// The step, from 1.
    pub(crate) step: u8,
    /// The page.
    pub(crate) from: Page,
    /// The next page; none at the end of the session.
    pub(crate) to: Option<Page>,
    /// The share of all sessions.
    pub(crate) sessions: f64,
}

impl Flow {
    /// Where sessions go from each of their first pages: the terms `s Q^k` of the chain, way by way.
    pub(crate) fn steps(&self, most: u8) -> Vec<FlowStep> {
        let chain = self.chain();
        let page = |place: usize| self.pages[place].page;
        let mut steps = Vec::new();
        let mut at = chain.start.clone();
        for step in 1..=most {
            let mut next = vec![0.0; at.len()];
            for (place, here) in at.iter().enumerate().filter(|(_, here)| **here > 0.0) {
                let from = page(place);
                for (there, probability) in &chain.ways[place] {
                    let sessions = here * probability;
                    next[*there] += sessions;
                    steps.push(FlowStep { step, from, to: Some(page(*there)), sessions });
                }
                let sessions = here * chain.exits[place];
                steps.push(FlowStep { step, from, to: None, sessions });
            }
            at = next;
        }
        steps.retain(|step| step.sessions > 0.0);
        steps
    }
}
