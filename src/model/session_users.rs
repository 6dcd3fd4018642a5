//! Whose sessions are, by their ids.

use crate::event::{SessionBits, session_code};
use crate::population::Ids;
use crate::random::RngStreams;

/// The users of a timeline's sessions: of users with accounts no other id says who it is before they are known.
#[derive(Clone, Debug)]
pub struct SessionUsers(Ids);

impl SessionUsers {
    /// The users of the sessions of a timeline with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Ids::new(&RngStreams::new(seed)))
    }

    /// The number of a session's user, and that of the session among the user's, both from 0; none of an id that is not
    /// ours. With another seed than the timeline's they are any numbers below 2^24.
    pub fn numbers_of(&self, session_id: &str) -> Option<(u32, u32)> {
        let code = session_code(session_id.as_bytes())?;
        Some(self.0.numbers(SessionBits::new(code, 0)))
    }
}
