//! The totals of each day.

use foldhash::HashMap;
use jiff::tz::TimeZone;

use crate::time::VirtualTime;

use super::quotients::{mean, mean_seconds, percent, seconds};
use super::tables::{
    ClickThroughRate, EventCount, PageEngagement, SessionMetrics, Tables, UsersActive,
};
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
    sessions: SessionTotals,
    pages: HashMap<u32, PageTotals>,
    /// By page and button.
    clicks: HashMap<(u32, u32), u64>,
    /// By hour, then by type.
    events: [Vec<u64>; 24],
}

#[derive(Debug, Default)]
struct SessionTotals {
    sessions: u64,
    duration_millis: u64,
    page_views: u64,
    clicks: u64,
    users: u64,
}

#[derive(Debug, Default)]
struct PageTotals {
    visits: u64,
    millis: u64,
    users: u64,
    sessions: u64,
}

impl Day {
    fn new(start: VirtualTime) -> Self {
        Self {
            start,
            users: 0,
            new_users: 0,
            sessions: SessionTotals::default(),
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

    /// All tables but the funnels and goals.
    pub(super) fn into_tables(self, pages: &Interner<str>) -> Tables {
        let mut tables = Tables::default();
        for day in &self.days {
            let date = day.start.date();
            tables.page_engagement.extend(page_engagement(&date, day, pages));
            tables.session_metrics.extend(session_metrics(&date, &day.sessions));
            tables.click_through_rates.extend(click_through(&date, day, pages, &self.buttons));
            tables.event_counts.extend(event_counts(&date, day, &self.event_types));
            tables.users_active.push(UsersActive {
                date,
                users: day.users,
                new_users: day.new_users,
            });
        }
        tables
    }
}

fn page_engagement(date: &str, day: &Day, pages: &Interner<str>) -> Vec<PageEngagement> {
    let row = |(&page, totals): (&u32, &PageTotals)| PageEngagement {
        date: date.to_owned(),
        page_path: pages.name(page).to_owned(),
        total_visits: totals.visits,
        total_time_seconds: seconds(totals.millis),
        avg_time_seconds: mean_seconds(totals.millis, totals.visits),
        unique_users: totals.users,
        unique_sessions: totals.sessions,
    };
    let mut rows: Vec<PageEngagement> = day.pages.iter().map(row).collect();
    rows.sort_by(|a, b| a.page_path.cmp(&b.page_path));
    rows
}

fn session_metrics(date: &str, totals: &SessionTotals) -> Option<SessionMetrics> {
    (totals.sessions > 0).then(|| SessionMetrics {
        date: date.to_owned(),
        total_sessions: totals.sessions,
        avg_duration_seconds: mean_seconds(totals.duration_millis, totals.sessions),
        avg_page_views: mean(totals.page_views, totals.sessions),
        avg_clicks: mean(totals.clicks, totals.sessions),
        unique_users: totals.users,
    })
}

fn click_through(
    date: &str,
    day: &Day,
    pages: &Interner<str>,
    buttons: &Interner<str>,
) -> Vec<ClickThroughRate> {
    let row = |(&(page, button), &clicks): (&(u32, u32), &u64)| {
        let views = day.pages.get(&page).map_or(0, |totals| totals.visits);
        ClickThroughRate {
            date: date.to_owned(),
            page_path: pages.name(page).to_owned(),
            button_id: buttons.name(button).to_owned(),
            views,
            clicks,
            ctr: percent(clicks, views),
        }
    };
    let mut rows: Vec<ClickThroughRate> = day.clicks.iter().map(row).collect();
    rows.sort_by(|a, b| (&a.page_path, &a.button_id).cmp(&(&b.page_path, &b.button_id)));
    rows
}

fn event_counts(date: &str, day: &Day, event_types: &Interner<str>) -> Vec<EventCount> {
    let mut rows = Vec::new();
    for (hour, counts) in (0..).zip(&day.events) {
        let mut of_hour: Vec<EventCount> = (0..)
            .zip(counts)
            .filter(|&(_, &events)| events > 0)
            .map(|(event_type, &events)| EventCount {
                date: date.to_owned(),
                hour,
                event_type: event_types.name(event_type).to_owned(),
                events,
            })
            .collect();
        of_hour.sort_by(|a, b| a.event_type.cmp(&b.event_type));
        rows.append(&mut of_hour);
    }
    rows
}
