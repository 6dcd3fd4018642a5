//! The sessions that have begun and not ended, one a user.

use std::mem;

use foldhash::HashMap;
use smol_str::SmolStr;

/// Each user's open session, and a value for it.
///
/// A session that never said its end is over when the user's next one begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenSessions<T>(HashMap<SmolStr, (SmolStr, T)>);

impl<T: Default> OpenSessions<T> {
    /// Changes the value of a session, which may be a new one. Gives that of the user's session before it,
    /// if that is over now.
    pub(crate) fn observe(
        &mut self,
        user_id: &str,
        session_id: &str,
        change: impl FnOnce(&mut T),
    ) -> Option<T> {
        match self.0.get_mut(user_id) {
            Some((open, value)) if **open == *session_id => {
                change(value);
                None
            }
            Some((open, value)) => {
                *open = session_id.into();
                let over = mem::take(value);
                change(value);
                Some(over)
            }
            None => {
                let mut value = T::default();
                change(&mut value);
                self.0.insert(user_id.into(), (session_id.into(), value));
                None
            }
        }
    }

    /// Ends the session of a user, and gives its value.
    pub(crate) fn end(&mut self, user_id: &str) -> Option<T> {
        self.0.remove(user_id).map(|(_, value)| value)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The values of all that are open, in the order of users, which no hash map has.
    pub(crate) fn into_values(self) -> impl Iterator<Item = T> {
        let mut open: Vec<_> = self.0.into_iter().collect();
        open.sort_by(|a, b| a.0.cmp(&b.0));
        open.into_iter().map(|(_, (_, value))| value)
    }
}
