//! The times of a session's events.

use crate::random::{Aspect, AspectDraws, Draws, uniform};

use super::pace::{EDGE_MS, HumanRanges, LOAD_MS};
use super::session::{PageView, Planner};
use super::time_shape::TimeShapes;

impl Planner {
    /// A fixed pace: every gap between two events of a user, also between sessions, is alike.
    ///
    /// Gives the session's duration and the gap to the user's next one.
    pub(super) fn time_evenly(
        &mut self,
        shortest_ms: u64,
        longest_ms: u64,
        draws: Draws,
    ) -> (u64, u64) {
        let intervals = draws.of(Aspect::Interval);
        let (mut now, mut gap) = (0, 0);
        for (number, step) in (0..).zip(&mut self.steps) {
            now += gap;
            step.offset_ms = now;
            gap = uniform(intervals.at(number), shortest_ms, longest_ms);
        }
        (now, gap)
    }

    /// A human pace: pages last as long as drawn, brought within the session's range.
    ///
    /// Gives the session's duration.
    pub(super) fn time_as_a_human(
        &mut self,
        ranges: &HumanRanges,
        shapes: &TimeShapes,
        draws: Draws,
    ) -> u64 {
        self.draw_dwells(ranges, shapes, draws);
        self.fit_session_duration(ranges);
        let mut now = EDGE_MS;
        let mut steps = self.steps.iter_mut().skip(1);
        let moments = draws.of(Aspect::Moment);
        for (position, view) in self.views.iter().enumerate() {
            draw_offsets(&mut self.offsets, view, moments, position);
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
        end
    }

    fn draw_dwells(&mut self, ranges: &HumanRanges, shapes: &TimeShapes, draws: Draws) {
        let last = self.views.len() - 1;
        let (dwells, loads) = (draws.of(Aspect::Dwell), draws.of(Aspect::Load));
        for (i, view) in self.views.iter_mut().enumerate() {
            let place = i as u64;
            view.shortest_ms = ranges.page_ms.0.max(u64::from(view.actions) + 1);
            view.dwell_ms =
                shapes.page.sample(dwells.at(place), view.shortest_ms, ranges.page_ms.1);
            view.load_ms =
                if i < last { uniform(loads.at(place), LOAD_MS.0, LOAD_MS.1) } else { 0 };
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
fn draw_offsets(offsets: &mut Vec<u64>, view: &PageView, moments: AspectDraws, position: usize) {
    let latest = view.dwell_ms - 1 - u64::from(view.actions);
    let moment = |number| uniform(moments.at_action(position, number), 0, latest);
    offsets.clear();
    offsets.extend((0..view.actions).map(moment));
    offsets.sort_unstable();
    for (rank, offset) in (1..).zip(offsets) {
        *offset += rank;
    }
}
