//! What a test of a mix counts.

use event_simulator::Model;
use serde::Serialize;

/// What is independent of others of its kind in a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MixUnit {
    /// Sessions, where all have the same expected mix.
    Session,
    /// Users, where theirs differ: all sessions of one are of the same persona and the same variants.
    User,
}

impl MixUnit {
    /// What to test of a run of a model, and its expected mix.
    pub fn of_run(model: &Model) -> (Self, Vec<(String, f64)>) {
        match model.session_mix() {
            Some(mix) => (Self::Session, mix),
            None => (Self::User, model.forecast().mix),
        }
    }
}
