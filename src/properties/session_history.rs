//! What happened earlier in a session.

use std::fmt::Debug;

use crate::event::Record;

/// The past of an event: found again from the draws of its session, so that nothing has to be stored.
pub(crate) trait SessionHistory: Debug + Send + Sync {
    /// The events of the session before this one, in their order.
    fn before(&mut self, record: &Record) -> &[Record];

    /// The number of the session among those of its user, from 0.
    fn session_number(&self, record: &Record) -> u32;

    /// Another one of the same seed.
    fn boxed_clone(&self) -> Box<dyn SessionHistory>;
}

impl Clone for Box<dyn SessionHistory> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}
