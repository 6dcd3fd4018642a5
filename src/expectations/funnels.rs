//! The reach of sessions on their journeys.

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::wire::scan;

use super::quotients::percent;
use super::sessions::{JourneyStep, OpenSession};
use super::tables::Funnel;
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

    /// The table; a journey's least step is what its conversions relate to.
    pub(super) fn into_rows(self, pages: &Interner<str>) -> Vec<Funnel> {
        let mut begun: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (&(journey, step, _), &sessions) in &self.sessions {
            let entry = begun.entry(journey).or_insert((step, 0));
            if step < entry.0 {
                *entry = (step, 0);
            }
            if step == entry.0 {
                entry.1 += sessions;
            }
        }
        let row = |((journey, step, page), sessions): (JourneyStep, u64)| Funnel {
            journey: self.journeys.name(journey).to_owned(),
            step,
            page_path: pages.name(page).to_owned(),
            sessions,
            conversion: percent(sessions, begun.get(&journey).map_or(0, |&(_, first)| first))
                .unwrap_or_default(),
        };
        let mut rows: Vec<Funnel> = self.sessions.into_iter().map(row).collect();
        rows.sort_by(|a, b| {
            (&a.journey, a.step, &a.page_path).cmp(&(&b.journey, b.step, &b.page_path))
        });
        rows
    }
}
