//! The `experiments` section: variants of a flow, between which users are divided.
//!
//! ```text
//! effects, target -> specs -> shifted_flow -> combinations -> check
//! ```

mod check;
mod combinations;
mod effects;
mod shifted_flow;
mod specs;
mod target;

pub(super) use check::check;

pub(crate) use combinations::Combinations;
pub use effects::Change;
pub use specs::Experiment;
