//! The `experiments` section: variants of a flow, between which users are divided.
//!
//! ```text
//! effects, target -> specs -> shifted_flow -> combinations -> check
//!                     \-> property_effects ------------------/
//! ```

pub(super) mod check;
mod combinations;
mod effects;
mod property_effects;
mod shifted_flow;
mod specs;
mod target;

pub(crate) use combinations::Combinations;
pub use effects::EffectSize;
pub(crate) use property_effects::PropertyEffect;
pub use specs::Experiment;
