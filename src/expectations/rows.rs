//! Users and sessions, row by row.

use foldhash::HashMap;

use crate::time::VirtualTime;
use crate::wire::EventFields;

use super::quotients::seconds;
use super::session_notes::SessionNotes;
use super::sessions::OpenSession;
use super::tables::{SessionRow, UserRow};

/// The rows so far.
#[derive(Debug, Default)]
pub(super) struct EntityRows {
    /// By the number of the user.
    users: HashMap<u32, UserRow>,
    sessions: Vec<SessionRow>,
}

impl EntityRows {
    /// Takes an event of a session into account.
    pub(super) fn observe(&mut self, notes: &mut SessionNotes, event: &EventFields<'_>, user: u32) {
        let json =
            |name| event.own_field(name).map(|json| String::from_utf8_lossy(json).into_owned());
        let row = self.users.entry(user).or_insert_with(|| UserRow {
            user_id: event.user_id.clone().into_owned(),
            first_seen: event.event_time.to_string(),
            last_seen: String::new(),
            sessions: 0,
            events: 0,
            attributes: None,
        });
        row.last_seen = event.event_time.to_string();
        row.events += 1;
        if !notes.users.contains(&user) {
            notes.users.push(user);
            row.sessions += 1;
        }
        if row.attributes.is_none() {
            row.attributes = json("user");
        }
        let is_known = event.visitor_id() != event.user_id;
        if notes.events == 0 || is_known && !notes.is_known {
            notes.user_id = event.user_id.clone().into_owned();
            notes.is_known = is_known;
        }
        notes.events += 1;
        if let Some(page) = &event.page_path {
            notes.landing_page.get_or_insert_with(|| page.clone().into_owned());
            if notes.exit_page.as_deref() != Some(page) {
                notes.exit_page = Some(page.clone().into_owned());
            }
        }
        if notes.attributes.is_none() {
            notes.attributes = json("session");
            notes.device = json("device");
        }
    }

    /// A session is over.
    pub(super) fn close(&mut self, session: &OpenSession, has_ended: bool) {
        let notes = session.notes.clone();
        let (first, last): (VirtualTime, VirtualTime) = (session.first, session.last);
        self.sessions.push(SessionRow {
            session_id: session.id.to_string(),
            user_id: notes.user_id,
            started_at: first.to_string(),
            ended_at: last.to_string(),
            duration_seconds: seconds(last.millis_since(first)),
            has_ended,
            events: notes.events,
            page_views: session.page_views,
            clicks: session.clicks,
            landing_page: notes.landing_page,
            exit_page: notes.exit_page,
            attributes: notes.attributes,
            device: notes.device,
        });
    }

    /// The rows of users and of sessions, in no order.
    pub(super) fn into_rows(self) -> (Vec<UserRow>, Vec<SessionRow>) {
        (self.users.into_values().collect(), self.sessions)
    }
}
