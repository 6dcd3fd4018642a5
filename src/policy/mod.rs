//! What counts of what arrives, under the rules that a pipeline is meant to follow.
//!
//! First each arrival, in order: is it an event, when did it happen, is it a copy, is it late, is it a bot's
//! ([`PolicyIntake`]). Then the events that count, in order of time: whose they are, and to which session they belong
//! ([`Attribution`]).
//!
//! ```text
//! clock -> arrival, copies, late, bots, place -> intake -> attribution
//! ```

mod arrival;
mod attribution;
mod bots;
mod clock;
mod copies;
mod intake;
mod late;
mod place;
mod shards;

pub use attribution::Attribution;
pub use intake::{ArrivalVerdict, IntakeReport, PolicyIntake};
pub use place::CountedPlace;
pub use shards::crosses_users;
