//! One session, planned in one go: first what happens, then when.

use crate::event::{Detail, Kind, RecordContent};
use crate::random::{Aspect, Draws};

use super::browsing::{ActionDraws, Browsing, LeaveDraws};
use super::pace::Pace;
use super::samplers::{Behavior, Conduct};

/// One event of a session, at `offset_ms` from the session's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) offset_ms: u64,
    pub(crate) content: RecordContent,
}

/// The time on one page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageView {
    pub(super) actions: u32,
    pub(super) sends_leave: bool,
    pub(super) dwell_ms: u64,
    pub(super) shortest_ms: u64,
    /// The time until the next page; 0 after the last one.
    pub(super) load_ms: u64,
}

/// An action on a page of a flow: its place in the time there, as random bits, and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedAction {
    pub(super) bits: u64,
    pub(super) content: RecordContent,
}

/// A planner of sessions, which reuses its buffers from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planner {
    pub(super) steps: Vec<Step>,
    pub(super) views: Vec<PageView>,
    pub(super) offsets: Vec<u64>,
    pub(super) placed: Vec<PlacedAction>,
}

/// A planned session.
pub(crate) struct Plan<'a> {
    /// Its events, in order of time; the first is `session_created` at 0.
    pub(crate) steps: &'a [Step],
    /// The time from its start to its end, whether or not it says so.
    pub(crate) duration_ms: u64,
    /// The time from its start to the start of the same user's next session.
    pub(crate) until_next_ms: u64,
}

impl Planner {
    /// Plans the first events of a session, so many at least if it has them; when they happen is left open.
    pub(crate) fn plan_first(
        &mut self,
        behavior: &Behavior,
        draws: Draws,
        count: usize,
    ) -> &[Step] {
        self.choose(behavior, draws, count);
        &self.steps
    }

    /// Plans a session by the draws that are the session's own.
    pub(crate) fn plan(&mut self, behavior: &Behavior, draws: Draws) -> Plan<'_> {
        let followed_ms = self.choose(behavior, draws, usize::MAX);
        let (duration_ms, gap_ms) = match behavior.pace {
            Pace::Fixed { shortest_ms, longest_ms } => {
                self.time_evenly(shortest_ms, longest_ms, draws)
            }
            Pace::Human(ranges) => {
                let times = &behavior.times;
                let duration_ms =
                    followed_ms.unwrap_or_else(|| self.time_as_a_human(&ranges, times, draws));
                let gap_bits = draws.of(Aspect::Gap).at(0);
                (duration_ms, times.gap_ms(gap_bits, ranges.between_sessions_ms))
            }
        };
        Plan { steps: &self.steps, duration_ms, until_next_ms: duration_ms + gap_ms }
    }

    /// Chooses what happens in a session, until it is so many events, and gives the duration of one that follows a flow.
    fn choose(&mut self, behavior: &Behavior, draws: Draws, enough: usize) -> Option<u64> {
        match &behavior.conduct {
            Conduct::Browsing(browsing) => {
                self.choose_steps(browsing, draws, enough);
                None
            }
            Conduct::Flow(flow) => Some(self.follow(flow, draws, enough)),
        }
    }

    fn choose_steps(&mut self, browsing: &Browsing, draws: Draws, enough: usize) {
        self.steps.clear();
        self.views.clear();
        self.push(RecordContent::of_session(Kind::SESSION_CREATED));
        let journey = browsing.journeys.sample(draws.of(Aspect::Journey).at(0));
        let reached = journey.reached(draws.of(Aspect::JourneyStep));
        let count_bits = draws.of(Aspect::PageCount).at(0);
        let pages = browsing.page_count.sample(count_bits, journey.least_pages(reached)) as usize;
        let on_path = |position: usize| journey.page(position).filter(|_| position < reached);
        let (page_draws, count_draws) = (draws.of(Aspect::Page), draws.of(Aspect::ActionCount));
        let (action_draws, leave_draws) = (ActionDraws::new(draws), LeaveDraws::new(draws));
        let mut page = on_path(0).unwrap_or_else(|| browsing.random_pages.any(page_draws.at(0)));
        for position in 0..pages {
            if self.steps.len() >= enough {
                return;
            }
            let (likely_clicks, detail) = if on_path(position).is_some() {
                (journey.likely_clicks.as_slice(), Detail::Step(journey.step(position)))
            } else {
                (&[][..], Detail::None)
            };
            self.push(RecordContent { kind: Kind::PAGE_VISITED, page: Some(page), detail });
            let step = on_path(position).map(|_| journey.step(position));
            let choice = browsing.actions_on(page, step);
            let actions = browsing.action_count.sample(count_draws.at(position as u64));
            for number in 0..actions {
                let place = (position, number);
                self.push(browsing.action(choice, page, likely_clicks, &action_draws, place));
            }
            let next = (position + 1 < pages).then(|| {
                let bits = || page_draws.at(position as u64 + 1);
                on_path(position + 1)
                    .unwrap_or_else(|| browsing.random_pages.other_than(page, bits()))
            });
            let leave = browsing.leave(page, next, &leave_draws, position);
            if let Some(content) = leave {
                self.push(content);
            }
            self.views.push(PageView {
                actions,
                sends_leave: leave.is_some(),
                dwell_ms: 0,
                shortest_ms: 0,
                load_ms: 0,
            });
            page = next.unwrap_or(page);
        }
        if browsing.ends.sample(draws.of(Aspect::Ends).at(0)) {
            self.push(RecordContent::of_session(Kind::SESSION_ENDED));
        }
    }

    pub(super) fn push(&mut self, content: RecordContent) {
        self.steps.push(Step { offset_ms: 0, content });
    }
}
