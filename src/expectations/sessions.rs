//! A session that has begun and may not be over.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::time::VirtualTime;

use super::days::Days;

/// A step of a journey: the journey's number, the step, and the page's number.
pub(super) type JourneyStep = (u32, u64, u32);

/// A session until it closes.
#[derive(Debug)]
pub(super) struct OpenSession {
    pub(super) id: SmolStr,
    /// The day on which it began.
    day: u32,
    first: VirtualTime,
    /// Its latest event.
    pub(super) last: VirtualTime,
    pub(super) page_views: u64,
    pub(super) clicks: u64,
    view: Option<OpenPage>,
    /// Day and page of each visit, once.
    visited: BTreeSet<(u32, u32)>,
    /// Journey steps that it reached.
    pub(super) steps: BTreeSet<JourneyStep>,
}

/// A page that is being looked at.
#[derive(Clone, Copy, Debug)]
struct OpenPage {
    page: u32,
    day: u32,
    since: VirtualTime,
}

impl OpenSession {
    pub(super) fn new(id: &str, day: u32, first: VirtualTime) -> Self {
        Self {
            id: id.into(),
            day,
            first,
            last: first,
            page_views: 0,
            clicks: 0,
            view: None,
            visited: BTreeSet::new(),
            steps: BTreeSet::new(),
        }
    }

    /// A page is visited; whether it is the session's first visit of the page on this day.
    pub(super) fn enter(&mut self, page: u32, day: u32, time: VirtualTime) -> bool {
        self.view = Some(OpenPage { page, day, since: time });
        self.visited.insert((day, page))
    }

    /// The page that is being looked at is left, if it is `page` or if it is not known which.
    pub(super) fn leave_page(&mut self, page: Option<u32>, time: VirtualTime, days: &mut Days) {
        if self.view.is_some_and(|view| page.is_none_or(|page| page == view.page)) {
            self.leave(time, days);
        }
    }

    /// The page that is being looked at is left, whichever it is.
    pub(super) fn leave(&mut self, time: VirtualTime, days: &mut Days) {
        if let Some(view) = self.view.take() {
            days.page_is_left(view.day, view.page, time.millis_since(view.since));
        }
    }

    /// The session is over: at its latest event.
    pub(super) fn close(mut self, days: &mut Days) {
        self.leave(self.last, days);
        let duration = self.last.millis_since(self.first);
        days.session_is_over(self.day, duration, self.page_views, self.clicks);
    }
}
