//! A session that has begun and may not be over.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::time::VirtualTime;

use super::days::Days;
use super::goals::GoalProgress;
use super::policy_funnels::SessionWays;
use super::session_notes::SessionNotes;

/// A step of a journey: the journey's number, the step, and the page's number.
pub(super) type JourneyStep = (u32, u64, u32);

/// A session until it closes.
#[derive(Debug)]
pub(super) struct OpenSession {
    pub(super) id: SmolStr,
    /// The number of the user with whose event it began.
    pub(super) user: u32,
    /// The day on which it began.
    day: u32,
    pub(super) first: VirtualTime,
    /// Its latest event.
    pub(super) last: VirtualTime,
    pub(super) page_views: u64,
    pub(super) clicks: u64,
    /// The page that was visited last, unless it was left.
    view: Option<OpenPage>,
    /// Pages that were visited before it and not left, as in other tabs, each once, and the time until
    /// which it was looked at if it is never left.
    behind: Vec<(OpenPage, VirtualTime)>,
    /// Day and page of each visit, once.
    visited: BTreeSet<(u32, u32)>,
    /// Journey steps that it reached.
    pub(super) steps: BTreeSet<JourneyStep>,
    pub(super) goals: GoalProgress,
    pub(super) ways: SessionWays,
    /// By user, by number: the touch that counts as the latest one, by its number.
    pub(super) touches: Vec<(u32, u32)>,
    pub(super) notes: SessionNotes,
}

/// A page that is open.
#[derive(Clone, Copy, Debug)]
struct OpenPage {
    page: u32,
    day: u32,
    since: VirtualTime,
}

impl OpenPage {
    fn leave(self, time: VirtualTime, days: &mut Days) {
        days.page_is_left(self.day, self.page, time.millis_since(self.since));
    }
}

impl OpenSession {
    pub(super) fn new(id: &str, user: u32, day: u32, first: VirtualTime) -> Self {
        Self {
            id: id.into(),
            user,
            day,
            first,
            last: first,
            page_views: 0,
            clicks: 0,
            view: None,
            behind: Vec::new(),
            visited: BTreeSet::new(),
            steps: BTreeSet::new(),
            goals: GoalProgress::default(),
            ways: SessionWays::new(),
            touches: Vec::new(),
            notes: SessionNotes::default(),
        }
    }

    /// A page is visited; whether it is the session's first visit of the page on this day.
    pub(super) fn enter(
        &mut self,
        page: u32,
        day: u32,
        time: VirtualTime,
        days: &mut Days,
    ) -> bool {
        self.put_behind(time);
        if let Some(earlier) = self.behind.iter().position(|(view, _)| view.page == page) {
            let (view, until) = self.behind.swap_remove(earlier);
            view.leave(until, days);
        }
        self.view = Some(OpenPage { page, day, since: time });
        self.visited.insert((day, page))
    }

    /// A page is visited that nobody knows.
    pub(super) fn enter_unknown(&mut self, time: VirtualTime) {
        self.put_behind(time);
    }

    fn put_behind(&mut self, time: VirtualTime) {
        self.behind.extend(self.view.take().map(|view| (view, time)));
    }

    /// A page is left, which is the one visited last if it is not known which.
    pub(super) fn leave_page(&mut self, page: Option<u32>, time: VirtualTime, days: &mut Days) {
        if let Some(view) = self.view.take_if(|view| page.is_none_or(|page| page == view.page)) {
            return view.leave(time, days);
        }
        let place = self.behind.iter().position(|(view, _)| Some(view.page) == page);
        if let Some(place) = place {
            self.behind.swap_remove(place).0.leave(time, days);
        }
    }

    /// The session is over: at its latest event.
    pub(super) fn close(mut self, days: &mut Days) {
        self.put_behind(self.last);
        for (view, until) in self.behind {
            view.leave(until, days);
        }
        let duration = self.last.millis_since(self.first);
        days.session_is_over(self.day, duration, self.page_views, self.clicks);
    }
}
