//! What counts of what arrives, under the rules that a pipeline is meant to follow.
//!
//! First each arrival, in order: is it an event, when did it happen ([`ArrivalReader`]), is it a copy, is it late, is it a
//! bot's ([`PolicyIntake`]). Then the events that count, in order of time: whose they are, and to which session they belong
//! ([`Sessionizer`]).
//!
//! ```text
//! clock, renames -> arrival, copies, late, bots, place -> intake -> sessionizer
//! ```

mod arrival;
mod bots;
mod clock;
mod copies;
mod intake;
mod late;
mod place;
mod renames;
mod sessionizer;
mod shards;

pub use arrival::ArrivalReader;
pub use intake::{ArrivalVerdict, IntakeReport, PolicyIntake};
pub use place::CountedPlace;
pub use sessionizer::Sessionizer;
pub use shards::crosses_users;
