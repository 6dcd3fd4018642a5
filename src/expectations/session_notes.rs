//! What the row of a session needs beside its totals.

/// What is noted of an open session for its row.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionNotes {
    /// The numbers of those who have events in it.
    pub(super) users: Vec<u32>,
    pub(super) user_id: String,
    pub(super) is_known: bool,
    pub(super) events: u64,
    pub(super) landing_page: Option<String>,
    pub(super) exit_page: Option<String>,
    pub(super) attributes: Option<String>,
    pub(super) device: Option<String>,
}
