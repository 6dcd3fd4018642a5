//! The reach of sessions on their journeys.

use foldhash::HashMap;

use crate::wire::scan;

use super::sessions::{JourneyStep, OpenSession};
use super::sums::SumsBy;
use crate::interner::Interner;

/// The number of sessions that reached each step.
#[derive(Debug, Default)]
pub(super) struct Funnels {
    journeys: Interner<str>,
    sessions: HashMap<JourneyStep, u64>,
}

impl Funnels {
    /// A page is visited; its `props` say whether that is a step of a journey.
    pub(super) fn page_is_visited(&mut self, session: &mut OpenSession, page: u32, props: &[u8]) {
        if let Some((journey, step)) = self.journey_step(props)
            && session.steps.insert((journey, step, page))
        {
            *self.sessions.entry((journey, step, page)).or_default() += 1;
        }
    }

    fn journey_step(&mut self, props: &[u8]) -> Option<(u32, u64)> {
        if props == b"{}" {
            return None;
        }
        let [journey, step] = scan::members(props, ["journey", "step"]).ok()?;
        let step = std::str::from_utf8(step?).ok()?.parse().ok()?;
        Some((self.journeys.number(&scan::text(journey?).ok()?), step))
    }

    /// The sums.
    pub(super) fn into_sums(self, pages: &Interner<str>) -> SumsBy<(String, u64, String), u64> {
        let of_step = |((journey, step, page), sessions): (JourneyStep, u64)| {
            let (journey, page) = (self.journeys.name(journey), pages.name(page));
            ((journey.to_owned(), step, page.to_owned()), sessions)
        };
        self.sessions.into_iter().map(of_step).collect()
    }
}
