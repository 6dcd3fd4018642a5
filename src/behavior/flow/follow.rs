//! A session that follows a flow, with its times at a human pace.

use crate::behavior::pace::{EDGE_MS, LOAD_MS};
use crate::behavior::session::{PlacedAction, Planner, Step};
use crate::event::{Detail, Kind, RecordContent};
use crate::random::{Aspect, AspectDraws, Draws, uniform};

use super::sampler::Flow;
use super::view::{FlowPage, Lead, Way};

/// The draws of a session that follows a flow.
struct FlowDraws {
    page: AspectDraws,
    count: AspectDraws,
    lead: AspectDraws,
    target: AspectDraws,
    moment: AspectDraws,
    dwell: AspectDraws,
    load: AspectDraws,
    links: AspectDraws,
    closes: AspectDraws,
}

impl FlowDraws {
    fn new(draws: Draws) -> Self {
        Self {
            page: draws.of(Aspect::Page),
            count: draws.of(Aspect::ActionCount),
            lead: draws.of(Aspect::Action),
            target: draws.of(Aspect::Target),
            moment: draws.of(Aspect::Moment),
            dwell: draws.of(Aspect::Dwell),
            load: draws.of(Aspect::Load),
            links: draws.of(Aspect::Navigates),
            closes: draws.of(Aspect::Closes),
        }
    }
}

impl Planner {
    /// Plans the steps of a session, until it is so many, and gives its duration.
    pub(in crate::behavior) fn follow(&mut self, flow: &Flow, draws: Draws, enough: usize) -> u64 {
        self.steps.clear();
        self.push(RecordContent::of_session(Kind::SESSION_CREATED));
        let session = FlowDraws::new(draws);
        let mut now = EDGE_MS;
        let mut at = *flow.start.sample(session.page.at(0));
        for position in 0..flow.most_views {
            if self.steps.len() >= enough {
                return now;
            }
            let page = &flow.pages[at as usize];
            let place = u64::from(position);
            let lead = page.lead.as_ref();
            let lead = lead.and_then(|lead| lead.sample(session.lead.at(place)).as_ref());
            now = self.view(page, lead, position as usize, now, &session);
            let drawn =
                lead.map_or_else(|| *page.next.sample(session.page.at(place + 1)), |l| l.next);
            let next = drawn.filter(|_| position + 1 < flow.most_views);
            let is_led = lead.is_some();
            if let Some(content) = leave(flow, page, next.filter(|_| !is_led), place, &session) {
                self.push_at(now, content);
            }
            let Some(next) = next else { break };
            now += uniform(session.load.at(place), LOAD_MS.0, LOAD_MS.1);
            at = next;
        }
        now += EDGE_MS;
        if flow.ends.sample(draws.of(Aspect::Ends).at(0)) {
            self.push_at(now, RecordContent::of_session(Kind::SESSION_ENDED));
        }
        now
    }

    /// Plans a view that begins `now`, up to what leaves it, and gives the time of that.
    fn view(
        &mut self,
        page: &FlowPage,
        lead: Option<&Lead>,
        position: usize,
        now: u64,
        session: &FlowDraws,
    ) -> u64 {
        let visit =
            RecordContent { kind: Kind::PAGE_VISITED, page: Some(page.page), detail: Detail::None };
        self.push_at(now, visit);
        self.placed.clear();
        for event in &page.events {
            let count = event.count.sample(session.count.member(event.hash).at(position as u64));
            let (moments, targets) =
                (session.moment.member(event.hash), session.target.member(event.hash));
            for number in 0..count {
                let target = || targets.at_action(position, number);
                self.placed.push(PlacedAction {
                    bits: moments.at_action(position, number),
                    content: event.about.content(event.kind, page.page, target),
                });
            }
        }
        self.placed.sort_unstable_by_key(|action| (action.bits, action.content.kind));
        let actions = self.placed.len() as u64 + u64::from(lead.is_some());
        let dwell = &page.dwell;
        let shortest_ms = dwell.shortest_ms.max(actions + 1);
        let bits = session.dwell.at(position as u64);
        let dwell_ms = dwell.shape.sample(bits, shortest_ms, dwell.longest_ms);
        // Sorted draws, spread by a millisecond each, all before the event that leads on.
        let latest = dwell_ms - 1 - actions;
        for (rank, action) in (1..).zip(&self.placed) {
            let offset_ms = now + uniform(action.bits, 0, latest) + rank;
            self.steps.push(Step { offset_ms, content: action.content });
        }
        if let Some(lead) = lead {
            let target = || session.target.member(lead.hash).at_action(position, 0);
            let content = lead.about.content(lead.kind, page.page, target);
            self.push_at(now + dwell_ms - 1, content);
        }
        now + dwell_ms
    }

    fn push_at(&mut self, offset_ms: u64, content: RecordContent) {
        self.steps.push(Step { offset_ms, content });
    }
}

/// The event by which a view is left: a link to the next page, or closing it; or none.
fn leave(
    flow: &Flow,
    page: &FlowPage,
    linked: Way,
    place: u64,
    session: &FlowDraws,
) -> Option<RecordContent> {
    let (kind, detail) = match linked {
        Some(next) if flow.links.sample(session.links.at(place)) => {
            (Kind::LINK_ONWARD, Detail::Onward(flow.pages[next as usize].page))
        }
        _ if flow.closes.sample(session.closes.at(place)) => (Kind::PAGE_CLOSED, Detail::None),
        _ => return None,
    };
    Some(RecordContent { kind, page: Some(page.page), detail })
}
