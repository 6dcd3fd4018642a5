//! Whose sessions are, by their ids.

use crate::event::{SessionBits, session_code};
use crate::population::Ids;
use crate::random::RngStreams;

use super::Model;

/// The users of a timeline's sessions: of users with accounts no other id says who it is before they are known.
#[derive(Clone, Debug)]
pub struct SessionUsers {
    ids: Ids,
    users: u32,
}

impl Model {
    /// The users of the sessions of a timeline with this seed.
    pub fn session_users(&self, seed: u64) -> SessionUsers {
        SessionUsers { ids: Ids::new(&RngStreams::new(seed)), users: self.users() }
    }
}

impl SessionUsers {
    /// The number of the user of a session; none if the timeline has no such session.
    pub fn user_of(&self, session_id: &str) -> Option<u32> {
        let code = session_code(session_id.as_bytes())?;
        let (user, _) = self.ids.numbers(SessionBits::new(code, 0));
        (user < self.users).then_some(user)
    }
}
