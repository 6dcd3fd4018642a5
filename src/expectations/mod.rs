//! The true aggregates of a timeline, which an analytics pipeline must report.
//!
//! [`Expectations`] looks at each event once and keeps only what is open, so a timeline of any length
//! passes through. The tables and the exact meaning of every column are in [`tables`].
//!
//! ```
//! use event_simulator::{Scenario, expectations::Expectations};
//!
//! let mut expectations = Expectations::new();
//! for event in Scenario::default().compile()?.simulate(1) {
//!     expectations.observe(&(&event).into())?;
//! }
//! let tables = expectations.finish();
//! assert_eq!(tables.users_active[0].users, 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activity;
mod attribution;
mod changes;
mod credit;
mod days;
mod declared;
mod error;
mod experiment_properties;
mod experiments;
mod export;
mod funnel_progress;
mod funnels;
mod goals;
mod notes;
mod policy_funnels;
mod quotients;
mod render;
mod retention;
mod revenue;
mod rows;
mod session_notes;
mod sessions;
mod shapes;
mod sums;
pub mod tables;
mod touches;
mod tracked_sessions;
mod users;
mod value_path;

use jiff::tz::TimeZoneDatabase;

use crate::event::event_type;
use crate::interner::Interner;
use crate::policy::WindowLateness;
use crate::scenario::ANONYMOUS_ID;
use crate::scenario::policy::PolicySpec;
use crate::time::VirtualTime;
use crate::wire::{EventFields, scan};

use activity::ActivityTotals;
use attribution::ConversionTotals;
use days::Days;
use experiment_properties::ChangedPropertyTotals;
use funnels::Funnels;
use goals::GoalTotals;
use policy_funnels::PolicyFunnelTotals;
use retention::RetentionTotals;
use revenue::RevenueTotals;
use rows::EntityRows;
use sessions::OpenSession;
use tracked_sessions::TrackedSessions;
use users::Users;

pub use changes::{RowChange, row_changes};
pub use declared::Declared;
pub use error::{OutOfOrder, UnlikeSums};
pub use experiments::TrueEffect;
pub use export::{csv_files, json};
pub use notes::Notes;
pub(crate) use revenue::Amounts;
pub use sums::TableSums;
pub use tables::Tables;
pub use touches::CLICK_IDS;

/// The aggregates of the events seen so far.
///
/// Memory is bounded by the open sessions, by a few bytes for each user ever seen, and by the tables
/// themselves. A session without `session_ended` is open until its user's next session begins; see [`Expectations::under`].
#[derive(Debug, Default)]
pub struct Expectations {
    last_time: Option<VirtualTime>,
    users: Users,
    /// Those who visit, where their events say who they are only later.
    visitors: Users,
    open: TrackedSessions,
    totals: Totals,
    notes: Notes,
}

/// The running totals that the tables are made of.
#[derive(Debug, Default)]
struct Totals {
    pages: Interner<str>,
    days: Days,
    funnels: Funnels,
    visits_without_page: u64,
    clicks_without_place: u64,
    /// None where nothing more is to be counted, and so the ones after it.
    goals: Option<GoalTotals>,
    revenue: Option<RevenueTotals>,
    activity: Option<ActivityTotals>,
    changed: Option<ChangedPropertyTotals>,
    retention: Option<RetentionTotals>,
    conversions: Option<ConversionTotals>,
    policy_funnels: Option<PolicyFunnelTotals>,
    lateness: Option<WindowLateness>,
    rows: Option<EntityRows>,
}

impl Expectations {
    /// The aggregates of no events.
    pub fn new() -> Self {
        Self::default()
    }

    /// The aggregates of no events, with those of what a scenario declares.
    pub fn of_declared(declared: Declared) -> Self {
        let Declared { goals, amounts, attributes, changed, retention } = declared;
        let totals = Totals {
            goals: goals.map(GoalTotals::new),
            revenue: amounts.map(RevenueTotals::new),
            activity: attributes.map(ActivityTotals::new),
            changed: changed.map(ChangedPropertyTotals::new),
            retention: retention.then(RetentionTotals::default),
            ..Totals::default()
        };
        Self { totals, ..Self::default() }
    }

    /// The same, with retention by cohort, whether or not a scenario declares it.
    #[must_use]
    pub fn with_retention(mut self) -> Self {
        self.totals.retention = Some(RetentionTotals::default());
        self
    }

    /// The same, with a row for each user and each session, which all stay in memory.
    #[must_use]
    pub fn with_rows(mut self) -> Self {
        self.totals.rows = Some(EntityRows::default());
        self
    }

    /// The same for events of which a policy says which session they belong to, whatever comes between them, and with days
    /// and hours of a time zone, conversions attributed to channels, and funnels. Where sessions are told by their ids, memory holds them all.
    #[must_use]
    pub fn under(mut self, policy: &PolicySpec) -> Self {
        self.open = TrackedSessions::under(policy);
        let zone = policy.time_zone.as_deref();
        self.totals.conversions = policy.attribution.clone().map(ConversionTotals::new);
        self.totals.policy_funnels = PolicyFunnelTotals::new(&policy.funnels);
        self.totals.days.zone = zone.and_then(|zone| TimeZoneDatabase::bundled().get(zone).ok());
        self
    }

    /// The same, with what became of all arrivals, by windows of time.
    #[must_use]
    pub fn with_lateness(mut self, windows: Option<WindowLateness>) -> Self {
        self.totals.lateness = windows;
        self
    }

    /// Takes the next event into account.
    ///
    /// # Errors
    ///
    /// [`OutOfOrder`]; the event is then not counted.
    pub fn observe(&mut self, event: &EventFields<'_>) -> Result<(), OutOfOrder> {
        let time = event.event_time;
        if let Some(previous) = self.last_time.filter(|&last| time < last) {
            return Err(OutOfOrder { time, previous });
        }
        self.last_time = Some(time);
        self.notes.events += 1;
        let Self { users, visitors, open, totals, notes, .. } = self;
        let day = totals.days.enter(time);
        totals.days.count(time, &event.event_type);
        open.expire(time, |session| {
            notes.sessions_without_end += 1;
            totals.close(session, false);
        });
        let (user, is_new) = users.get(&event.user_id);
        let number = user.number;
        totals.user_is_active(number, is_new, day);
        // A session goes on while its user becomes known.
        let is_visitor = open.are_of_visitors() && event.own_field(ANONYMOUS_ID).is_some();
        let owner = if is_visitor { visitors.get(&event.visitor_id()).0 } else { user };

        let known = open.place(event, owner, |other| {
            notes.sessions_without_end += 1;
            totals.close(other, false);
        });
        let key = known.unwrap_or_else(|| {
            notes.sessions_without_start +=
                u64::from(event.event_type != event_type::SESSION_CREATED);
            totals.days.session_begins(number);
            open.open(OpenSession::new(&event.session_id, owner.number, day, time))
        });
        if let Some(session) = open.get_mut(key) {
            session.last = time;
            totals.apply(session, event, number, day);
            totals.apply_declared(session, event, number, day);
        }
        owner.open = Some(key as u32);
        if let Some(session) = open.ended_by(&event.event_type, key) {
            owner.open = None;
            totals.close(session, true);
        }
        Ok(())
    }

    /// The tables of all that was observed. What is still open ends with its last event.
    pub fn finish(self) -> Tables {
        self.finish_with_notes().0
    }

    /// The tables, and what is to be said about them.
    pub fn finish_with_notes(self) -> (Tables, Notes) {
        let (sums, notes) = self.into_sums();
        (sums.into_tables(), notes)
    }

    /// What the tables are made of, and what is to be said about them. Those of user shards can be added.
    pub fn into_sums(mut self) -> (TableSums, Notes) {
        for session in self.open.into_all() {
            self.notes.sessions_without_end += 1;
            self.totals.close(session, false);
        }
        let Totals { pages, days, funnels, visits_without_page, clicks_without_place, .. } =
            self.totals;
        let Totals {
            goals,
            revenue,
            activity,
            changed,
            retention,
            conversions,
            policy_funnels,
            lateness,
            rows,
            ..
        } = self.totals;
        let (dates, starts) = (days.dates(), days.starts());
        self.notes.visits_without_page = visits_without_page;
        self.notes.clicks_without_place = clicks_without_place;
        let mut sums = TableSums {
            funnels: funnels.into_sums(&pages),
            revenue: revenue.map(|revenue| revenue.into_sums(&dates)),
            activity: activity.map(|activity| activity.into_sums(&dates)),
            changed: changed.map(ChangedPropertyTotals::into_sums),
            retention: retention.map(|retention| retention.into_sums(&starts)),
            attribution: conversions.map(|conversions| conversions.into_sums(&dates)),
            policy_funnels: policy_funnels.map(PolicyFunnelTotals::into_sums),
            lateness: lateness.map(|windows| {
                let named = |(start, counts): (Option<VirtualTime>, _)| {
                    (start.map(|start| start.to_string()), counts)
                };
                windows.into_iter().map(named).collect()
            }),
            ..TableSums::default()
        };
        days.add_to(&pages, &mut sums);
        if let Some(goals) = goals {
            goals.add_to(&dates, &mut sums);
        }
        if let Some(rows) = rows {
            let (users, sessions) = rows.into_rows();
            (sums.user_rows, sums.session_rows) = (Some(users), Some(sessions));
        }
        (sums, self.notes)
    }
}

impl Totals {
    /// A user has an event on a day.
    fn user_is_active(&mut self, user: u32, is_new: bool, day: u32) {
        let is_first_of_day = self.days.user_is_active(user, is_new);
        if let Some(retention) = self.retention.as_mut().filter(|_| is_first_of_day) {
            retention.user_is_active(user, day);
        }
    }

    /// Takes an event into account for what is declared.
    fn apply_declared(
        &mut self,
        session: &mut OpenSession,
        event: &EventFields<'_>,
        user: u32,
        day: u32,
    ) {
        if let Some(goals) = &mut self.goals {
            goals.observe(&mut session.goals, event, user, day);
        }
        if let Some(revenue) = &mut self.revenue {
            revenue.observe(event, day);
        }
        if let Some(activity) = &mut self.activity {
            activity.observe(event, user, day);
        }
        if let Some(changed) = &mut self.changed {
            changed.observe(event);
        }
        if let Some(conversions) = &mut self.conversions {
            conversions.observe(&mut session.touches, event, user, day);
        }
        if let Some(funnels) = &mut self.policy_funnels {
            funnels.observe(&mut session.ways, event, user);
        }
        if let Some(rows) = &mut self.rows {
            rows.observe(&mut session.notes, event, user);
        }
    }

    /// A session is over.
    fn close(&mut self, session: OpenSession, has_ended: bool) {
        if let Some(rows) = &mut self.rows {
            rows.close(&session, has_ended);
        }
        session.close(&mut self.days);
    }

    fn apply(&mut self, session: &mut OpenSession, event: &EventFields<'_>, user: u32, day: u32) {
        let page = event.page_path.as_deref().map(|path| self.pages.number(path));
        match &*event.event_type {
            event_type::PAGE_VISITED => {
                session.page_views += 1;
                let Some(page) = page else {
                    self.visits_without_page += 1;
                    return session.enter_unknown(event.event_time);
                };
                let is_first = session.enter(page, day, event.event_time, &mut self.days);
                self.days.page_is_visited(page, user, is_first);
                self.funnels.page_is_visited(session, page, &event.props);
            }
            event_type::PAGE_CLOSED => session.leave_page(page, event.event_time, &mut self.days),
            event_type::LINK_CLICK => {
                session.clicks += 1;
                if leads_on(&event.props) {
                    session.leave_page(page, event.event_time, &mut self.days);
                }
            }
            event_type::BUTTON_CLICKED => {
                session.clicks += 1;
                match (page, event.button_id.as_deref()) {
                    (Some(page), Some(button)) => self.days.button_is_clicked(page, button),
                    _ => self.clicks_without_place += 1,
                }
            }
            _ => {}
        }
    }
}

/// True for a link that leads to the next page rather than opening elsewhere.
pub fn leads_on(props: &[u8]) -> bool {
    match scan::members(props, ["target"]) {
        Ok([Some(target)]) => scan::text(target).is_ok_and(|target| target != "_blank"),
        _ => true,
    }
}
