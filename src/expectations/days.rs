//! The totals of each day.

use foldhash::HashMap;
use jiff::tz::TimeZone;

use crate::time::VirtualTime;

use super::sums::{PageSums, SessionSums, TableSums};
use super::users::UserSet;
use crate::interner::Interner;

/// The days of a timeline, in order. Earlier days still change: a session counts on the day on which it
/// began, and so does a page visit.
#[derive(Debug, Default)]
pub(super) struct Days {
    days: Vec<Day>,
    /// Whose days they are; those of UTC without one.
    pub(super) zone: Option<TimeZone>,
    event_types: Interner<str>,
    buttons: Interner<str>,
    /// Who was seen on the latest day, which is all that distinct counts need.
    today: Today,
}

#[derive(Debug, Default)]
struct Today {
    active: UserSet,
    with_session: UserSet,
    by_page: HashMap<u32, UserSet>,
}

#[derive(Debug)]
struct Day {
    start: VirtualTime,
    users: u64,
    new_users: u64,
    sessions: SessionSums,
    pages: HashMap<u32, PageSums>,
    /// By page and button.
    clicks: HashMap<(u32, u32), u64>,
    /// By hour, then by type.
    events: [Vec<u64>; 24],
}

impl Day {
    fn new(start: VirtualTime) -> Self {
        Self {
            start,
            users: 0,
            new_users: 0,
            sessions: SessionSums::default(),
            pages: HashMap::default(),
            clicks: HashMap::default(),
            events: Default::default(),
        }
    }
}

impl Days {
    /// Makes the day of `time` the latest one, and gives its number.
    pub(super) fn enter(&mut self, time: VirtualTime) -> u32 {
        let start = self.local(time).start_of_day();
        // Where clocks are put back over midnight the day that has begun goes on.
        if self.days.last().is_none_or(|day| day.start < start) {
            self.days.push(Day::new(start));
            self.today = Today::default();
        }
        self.days.len() as u32 - 1
    }

    fn local(&self, time: VirtualTime) -> VirtualTime {
        self.zone.as_ref().map_or(time, |zone| time.local(zone))
    }

    pub(super) fn count(&mut self, time: VirtualTime, event_type: &str) {
        let hour = usize::from(self.local(time).hour());
        let event_type = self.event_types.number(event_type) as usize;
        let day = self.days.last_mut();
        if let Some(counts) = day.and_then(|day| day.events.get_mut(hour)) {
            if counts.len() <= event_type {
                counts.resize(event_type + 1, 0);
            }
            if let Some(count) = counts.get_mut(event_type) {
                *count += 1;
            }
        }
    }

    /// A user has an event; whether it is the user's first of the day.
    pub(super) fn user_is_active(&mut self, user: u32, is_new: bool) -> bool {
        let is_first_of_day = self.today.active.insert(user);
        if let Some(day) = self.days.last_mut() {
            day.users += u64::from(is_first_of_day);
            day.new_users += u64::from(is_new);
        }
        is_first_of_day
    }

    pub(super) fn session_begins(&mut self, user: u32) {
        if let Some(day) = self.days.last_mut() {
            day.sessions.users += u64::from(self.today.with_session.insert(user));
        }
    }

    pub(super) fn session_is_over(
        &mut self,
        day: u32,
        duration_millis: u64,
        page_views: u64,
        clicks: u64,
    ) {
        if let Some(Day { sessions, .. }) = self.days.get_mut(day as usize) {
            sessions.sessions += 1;
            sessions.duration_millis += duration_millis;
            sessions.page_views += page_views;
            sessions.clicks += clicks;
        }
    }

    pub(super) fn page_is_visited(&mut self, page: u32, user: u32, is_first_of_session: bool) {
        if let Some(day) = self.days.last_mut() {
            let totals = day.pages.entry(page).or_default();
            totals.visits += 1;
            totals.sessions += u64::from(is_first_of_session);
            totals.users += u64::from(self.today.by_page.entry(page).or_default().insert(user));
        }
    }

    pub(super) fn page_is_left(&mut self, day: u32, page: u32, millis: u64) {
        let day = self.days.get_mut(day as usize);
        if let Some(totals) = day.and_then(|day| day.pages.get_mut(&page)) {
            totals.millis += millis;
        }
    }

    pub(super) fn button_is_clicked(&mut self, page: u32, button: &str) {
        let button = self.buttons.number(button);
        if let Some(day) = self.days.last_mut() {
            *day.clicks.entry((page, button)).or_default() += 1;
        }
    }

    /// The moments at which the days begin.
    pub(super) fn starts(&self) -> Vec<VirtualTime> {
        self.days.iter().map(|day| day.start).collect()
    }

    /// The dates of the days.
    pub(super) fn dates(&self) -> Vec<String> {
        self.days.iter().map(|day| day.start.date()).collect()
    }

    /// Adds all sums but those of funnels and goals.
    pub(super) fn add_to(self, pages: &Interner<str>, sums: &mut TableSums) {
        for day in self.days {
            let date = day.start.date();
            let of_page = |(page, totals)| ((date.clone(), pages.name(page).to_owned()), totals);
            sums.pages.0.extend(day.pages.into_iter().map(of_page));
            if day.sessions.sessions > 0 {
                sums.sessions.0.insert(date.clone(), day.sessions);
            }
            for ((page, button), clicks) in day.clicks {
                let (page, button) = (pages.name(page), self.buttons.name(button));
                sums.clicks.0.insert((date.clone(), page.to_owned(), button.to_owned()), clicks);
            }
            for (hour, counts) in (0..).zip(day.events) {
                let counts = (0..).zip(counts).filter(|(_, events)| *events > 0);
                let of_type = |(event_type, events)| {
                    let event_type = self.event_types.name(event_type).to_owned();
                    ((date.clone(), hour, event_type), events)
                };
                sums.events.0.extend(counts.map(of_type));
            }
            sums.active.0.insert(date, (day.users, day.new_users));
        }
    }
}
