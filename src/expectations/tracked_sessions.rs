//! The sessions that have begun and may not be over.

use foldhash::HashMap;
use slab::Slab;
use smol_str::SmolStr;

use crate::event::event_type;
use crate::scenario::policy::PolicySpec;
use crate::time::VirtualTime;
use crate::wire::EventFields;

use super::sessions::OpenSession;
use super::users::User;

/// The open sessions, each found by what its events have in common.
#[derive(Debug, Default)]
pub(super) struct TrackedSessions {
    sessions: Slab<OpenSession>,
    order: SessionOrder,
}

/// In which order the sessions of one user come.
#[derive(Debug, Default)]
enum SessionOrder {
    /// One after the other for each visitor: over with `session_ended`, or when the next one begins. Those who visit are
    /// told apart where their events say who they are only later.
    #[default]
    OfVisitors,
    /// One after the other for each user: over when the next one begins, which it does after this gap.
    AfterGaps { gap_ms: u64, looked_at: usize },
    /// In any order: all stay open.
    ById(HashMap<SmolStr, usize>),
}

/// Sessions that are open before those are looked for that are over.
const FEW: usize = 1_024;

impl TrackedSessions {
    /// The sessions of events to which a policy gave theirs.
    pub(super) fn under(policy: &PolicySpec) -> Self {
        let order = match &policy.sessions {
            Some(rules) => {
                let gap_ms = rules.gap.millis.unsigned_abs();
                SessionOrder::AfterGaps { gap_ms, looked_at: FEW }
            }
            None => SessionOrder::ById(HashMap::default()),
        };
        Self { sessions: Slab::new(), order }
    }

    /// True if sessions are those of visitors.
    pub(super) fn are_of_visitors(&self) -> bool {
        matches!(self.order, SessionOrder::OfVisitors)
    }

    /// The place of the session of an event, if it is open. Another one of its owner is over, and handed to `over`.
    pub(super) fn place(
        &mut self,
        event: &EventFields<'_>,
        owner: &User,
        over: impl FnOnce(OpenSession),
    ) -> Option<usize> {
        let place = match &self.order {
            SessionOrder::ById(by_id) => return by_id.get(&*event.session_id).copied(),
            SessionOrder::OfVisitors | SessionOrder::AfterGaps { .. } => owner.open? as usize,
        };
        let session = self.sessions.get(place)?;
        if session.id == *event.session_id {
            return Some(place);
        }
        // After a gap another one may have come into the place of a session that was over.
        if self.are_of_visitors() || session.user == owner.number {
            self.sessions.try_remove(place).map(over);
        }
        None
    }

    /// Opens a session, and gives its place.
    pub(super) fn open(&mut self, session: OpenSession) -> usize {
        let id = session.id.clone();
        let place = self.sessions.insert(session);
        if let SessionOrder::ById(by_id) = &mut self.order {
            by_id.insert(id, place);
        }
        place
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut OpenSession> {
        self.sessions.get_mut(place)
    }

    /// The session at a place, if an event of a type ends it.
    pub(super) fn ended_by(&mut self, event_type: &str, place: usize) -> Option<OpenSession> {
        let ends = self.are_of_visitors() && event_type == event_type::SESSION_ENDED;
        ends.then(|| self.sessions.try_remove(place)).flatten()
    }

    /// Hands those sessions to `over` that have been without an event for longer than the gap. They are looked for whenever
    /// their number has doubled, so that it costs next to nothing.
    pub(super) fn expire(&mut self, now: VirtualTime, mut over: impl FnMut(OpenSession)) {
        let SessionOrder::AfterGaps { gap_ms, looked_at } = &mut self.order else { return };
        if self.sessions.len() < *looked_at {
            return;
        }
        let is_over = |session: &OpenSession| now.millis_since(session.last) > *gap_ms;
        let places: Vec<usize> = self
            .sessions
            .iter()
            .filter(|(_, session)| is_over(session))
            .map(|(place, _)| place)
            .collect();
        for place in places {
            over(self.sessions.remove(place));
        }
        *looked_at = FEW.max(2 * self.sessions.len());
    }

    /// All that are still open.
    pub(super) fn into_all(self) -> impl Iterator<Item = OpenSession> {
        self.sessions.into_iter().map(|(_, session)| session)
    }
}
