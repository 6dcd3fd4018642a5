//! One session, planned in one go: first what happens, then when.

use crate::random::{Bernoulli, Rng};

use super::Model;
use super::record::Kind;

/// Time between two pages, in milliseconds.
pub(crate) const LOAD_MS: (u64, u64) = (50, 500);

/// Between `session_created` and the first page, and between the last page and `session_ended`.
pub(crate) const EDGE_MS: u64 = 1;

/// How often a click on a journey's page goes to one of its likely buttons.
pub(super) const LIKELY_CLICK: Bernoulli = match Bernoulli::new(0.7) {
    Ok(bernoulli) => bernoulli,
    Err(_) => unreachable!(),
};

/// One event of a session, at `offset_ms` from the session's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) offset_ms: u64,
    pub(crate) kind: Kind,
    pub(crate) page: u16,
    pub(crate) detail: u16,
}

#[derive(Clone, Copy, Debug)]
struct PageView {
    actions: u32,
    sends_leave: bool,
    dwell_ms: u64,
    shortest_ms: u64,
    /// Time until the next page; 0 after the last one.
    load_ms: u64,
}

/// Plans sessions, reusing its buffers from one to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planner {
    steps: Vec<Step>,
    views: Vec<PageView>,
    offsets: Vec<u64>,
}

/// A planned session.
pub(crate) struct Plan<'a> {
    /// Its events, in order of time; the first is `session_created` at 0.
    pub(crate) steps: &'a [Step],
    /// From its start to the start of the same user's next session.
    pub(crate) until_next_ms: u64,
}

impl Planner {
    pub(crate) fn plan(&mut self, model: &Model, rng: &mut Rng) -> Plan<'_> {
        self.choose_steps(model, rng);
        let until_next_ms = match model.pace {
            Pace::Human(ranges) => self.time_as_a_human(&ranges, rng),
            Pace::Fixed { shortest_ms, longest_ms } => {
                self.time_evenly(shortest_ms, longest_ms, rng)
            }
        };
        Plan { steps: &self.steps, until_next_ms }
    }

    fn choose_steps(&mut self, model: &Model, rng: &mut Rng) {
        self.steps.clear();
        self.views.clear();
        self.push(Kind::SESSION_CREATED, 0, 0);
        let journey = &model.journeys[model.journey_choice.sample(rng)];
        let pages = model.pages.sample(rng) as usize;
        let mut page = journey.page(0).unwrap_or_else(|| model.any_page(rng));
        for position in 0..pages {
            let on_path = journey.page(position).is_some();
            let step = if on_path { journey.first_step + position as u16 } else { 0 };
            self.push(Kind::PAGE_VISITED, page, step);
            let actions = model.actions.sample(rng);
            let likely = if on_path { journey.likely_clicks.as_slice() } else { &[] };
            for _ in 0..actions {
                let (kind, detail) = model.action(page, likely, rng);
                self.push(kind, page, detail);
            }
            let next = (position + 1 < pages).then(|| {
                journey.page(position + 1).unwrap_or_else(|| model.page_other_than(page, rng))
            });
            let leave = model.leave(next, rng);
            if let Some((kind, detail)) = leave {
                self.push(kind, page, detail);
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
        if model.ends.sample(rng) {
            self.push(Kind::SESSION_ENDED, 0, 0);
        }
    }

    fn push(&mut self, kind: Kind, page: u16, detail: u16) {
        self.steps.push(Step { offset_ms: 0, kind, page, detail });
    }

    /// A fixed pace: every gap between two events of a user, also between sessions, is alike.
    fn time_evenly(&mut self, shortest_ms: u64, longest_ms: u64, rng: &mut Rng) -> u64 {
        let mut now = 0;
        for step in &mut self.steps {
            step.offset_ms = now;
            now += rng.between(shortest_ms, longest_ms);
        }
        now
    }

    fn time_as_a_human(&mut self, ranges: &HumanRanges, rng: &mut Rng) -> u64 {
        self.draw_dwells(ranges, rng);
        self.fit_session_duration(ranges);
        let mut now = EDGE_MS;
        let mut steps = self.steps.iter_mut().skip(1);
        for view in &self.views {
            draw_offsets(&mut self.offsets, view, rng);
            let left = now + view.dwell_ms;
            let leave = view.sends_leave.then_some(left);
            let times = std::iter::once(now)
                .chain(self.offsets.iter().map(|offset| now + offset))
                .chain(leave);
            for (time, step) in times.zip(steps.by_ref()) {
                step.offset_ms = time;
            }
            now = left + view.load_ms;
        }
        let end = now + EDGE_MS;
        if let Some(ended) = steps.next() {
            ended.offset_ms = end;
        }
        end + rng.between(ranges.between_sessions_ms.0, ranges.between_sessions_ms.1)
    }

    fn draw_dwells(&mut self, ranges: &HumanRanges, rng: &mut Rng) {
        let last = self.views.len() - 1;
        for (i, view) in self.views.iter_mut().enumerate() {
            view.shortest_ms = ranges.page_ms.0.max(u64::from(view.actions) + 1);
            view.dwell_ms = rng.between(view.shortest_ms, ranges.page_ms.1);
            view.load_ms = if i < last { rng.between(LOAD_MS.0, LOAD_MS.1) } else { 0 };
        }
    }

    /// Moves all dwells by the one affine map that keeps each inside its own bounds and brings the
    /// session's duration to the nearest bound of its range.
    fn fit_session_duration(&mut self, ranges: &HumanRanges) {
        let (shortest, longest) = ranges.session_ms;
        let whole: u64 =
            2 * EDGE_MS + self.views.iter().map(|view| view.dwell_ms + view.load_ms).sum::<u64>();
        if whole > longest {
            let room = |view: &PageView| view.dwell_ms - view.shortest_ms;
            share_out(&mut self.views, whole - longest, room, |view, part| view.dwell_ms -= part);
        } else if whole < shortest {
            let room = |view: &PageView| ranges.page_ms.1 - view.dwell_ms;
            share_out(&mut self.views, shortest - whole, room, |view, part| view.dwell_ms += part);
        }
    }
}

/// Gives every view its part of `amount` in proportion to its room, in whole milliseconds: the
/// running sums are rounded down, so the parts sum to `amount` and none exceeds its room.
fn share_out(
    views: &mut [PageView],
    amount: u64,
    room: impl Fn(&PageView) -> u64,
    mut give: impl FnMut(&mut PageView, u64),
) {
    let all_room = u128::from(views.iter().map(&room).sum::<u64>());
    if all_room == 0 {
        return;
    }
    let amount = u128::from(amount).min(all_room);
    let (mut room_so_far, mut given) = (0, 0);
    for view in views {
        room_so_far += u128::from(room(view));
        let due = (amount * room_so_far / all_room) as u64;
        give(view, due - given);
        given = due;
    }
}

/// Distinct, sorted moments for a page's actions, strictly inside its dwell: uniform draws, sorted,
/// then spread by one millisecond each.
fn draw_offsets(offsets: &mut Vec<u64>, view: &PageView, rng: &mut Rng) {
    let actions = u64::from(view.actions);
    let latest = view.dwell_ms - 1 - actions;
    offsets.clear();
    offsets.extend((0..actions).map(|_| rng.between(0, latest)));
    offsets.sort_unstable();
    for (rank, offset) in (1..).zip(offsets) {
        *offset += rank;
    }
}

/// When things happen in a session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As people do, within the scenario's ranges.
    Human(HumanRanges),
    /// At `base_interval`, give or take `interval_variance`.
    Fixed { shortest_ms: u64, longest_ms: u64 },
}

/// The ranges that every session keeps, in milliseconds, both ends included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HumanRanges {
    pub(crate) session_ms: (u64, u64),
    pub(crate) page_ms: (u64, u64),
    pub(crate) between_sessions_ms: (u64, u64),
}

impl Model {
    fn any_page(&self, rng: &mut Rng) -> u16 {
        rng.below(u32::from(self.random_pages)) as u16
    }

    /// A random page that is not `page`, as far as there is another.
    fn page_other_than(&self, page: u16, rng: &mut Rng) -> u16 {
        if page >= self.random_pages {
            return self.any_page(rng);
        }
        let others = self.random_pages - 1;
        let drawn = rng.below(u32::from(others)) as u16;
        if drawn == page { others } else { drawn }
    }

    /// What is done on `page`: its kind and what it is done to.
    fn action(&self, page: u16, likely_clicks: &[u16], rng: &mut Rng) -> (Kind, u16) {
        match self.action_choice.sample(rng) {
            0 => (Kind::BUTTON_CLICKED, self.button(likely_clicks, rng)),
            1 => (Kind::LINK_ELSEWHERE, self.page_other_than(page, rng)),
            custom => (Kind::custom(custom as u16 - 2), 0),
        }
    }

    fn button(&self, likely_clicks: &[u16], rng: &mut Rng) -> u16 {
        if !likely_clicks.is_empty() && LIKELY_CLICK.sample(rng) {
            likely_clicks[rng.below(likely_clicks.len() as u32) as usize]
        } else {
            rng.below(u32::from(self.random_buttons)) as u16
        }
    }

    /// How a page is left: by a link to the next page, by closing it, or without a word.
    fn leave(&self, next: Option<u16>, rng: &mut Rng) -> Option<(Kind, u16)> {
        match next {
            Some(next) if self.navigates.sample(rng) => Some((Kind::LINK_ONWARD, next)),
            _ => self.closes.sample(rng).then_some((Kind::PAGE_CLOSED, 0)),
        }
    }
}
