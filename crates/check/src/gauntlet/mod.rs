//! A pipeline's way through everything that can go wrong with events until they arrive.
//!
//! Each of the [`CASES`] is a small scenario with one kind of fault. [`run_gauntlet`] runs a command on what arrives in it,
//! and holds the tables, or the cleaned events, that it writes against those that are right under a policy. For a case that
//! is not handled, the smallest part of what arrives is found on which the pipeline is still wrong.

mod cases;
mod config;
mod error;
mod junit;
mod run;
mod score;
mod smallest;
mod trial;
mod truth;

pub use cases::{CASES, GauntletCase};
pub use config::{CheckedOutput, EVENTS, GauntletConfig, OUT, POLICY};
pub use error::GauntletError;
pub use junit::junit;
pub use run::run_gauntlet;
pub use score::{CaseOutcome, CaseScore, ScoreCard, SmallestExample};
