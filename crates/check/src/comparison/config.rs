//! The options of a comparison.

use super::matching::MatchKey;

/// The options of a comparison.
#[derive(Clone, Debug)]
pub struct CompareOptions {
    /// Bytes of memory to stay within, roughly; beyond it, temporary files are used.
    pub memory_bytes: u64,
    /// The key that events are matched by; found out from the files if none is given.
    pub match_key: Option<MatchKey>,
    /// True if times are those that were sent, and so compared; found out from the files if not given.
    pub times_survive: Option<bool>,
    /// True if it matters in which order the events of a user stand in a file.
    pub check_order: bool,
    /// An event is late if one that is this much newer stands before it in its file.
    pub late_after_millis: Option<u64>,
}

impl Default for CompareOptions {
    /// A gibibyte; the key is found out, and order is checked.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            match_key: None,
            times_survive: None,
            check_order: true,
            late_after_millis: None,
        }
    }
}
