//! The choice of how a run ends.

use serde::Serialize;

/// What becomes of the sessions that are open when the run is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// They run to their end, so that every session is whole and shares hold exactly.
    #[default]
    Finish,
    /// They are cut: nothing happens any more. What comes late in a session is rarer than its share.
    Cut,
}

impl AtEnd {
    /// The words of a scenario.
    pub const WORDS: [(&'static str, Self); 2] = [("finish", Self::Finish), ("cut", Self::Cut)];
}
