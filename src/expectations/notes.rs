//! Doubts about a timeline.

use serde::{Deserialize, Serialize};

/// Things about the timeline that make the tables less certain, to be shown to the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Events that were observed.
    pub events: u64,
    /// Sessions whose first event is not `session_created`, as when a timeline was cut, or when the
    /// sessions of one user overlap, which these tables do not provide for.
    pub sessions_without_start: u64,
    /// Sessions without `session_ended`.
    pub sessions_without_end: u64,
    /// `page_visited` without `page_path`, which no page's row can hold.
    pub visits_without_page: u64,
    /// `button_clicked` without `page_path` or `button_id`, which no button's row can hold.
    pub clicks_without_place: u64,
}

impl Notes {
    /// Adds those of another user shard.
    pub fn add(&mut self, other: Self) {
        self.events += other.events;
        self.sessions_without_start += other.sessions_without_start;
        self.sessions_without_end += other.sessions_without_end;
        self.visits_without_page += other.visits_without_page;
        self.clicks_without_place += other.clicks_without_place;
    }
}
