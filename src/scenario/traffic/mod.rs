//! The `traffic` section: when users come, and when they leave for good.
//!
//! ```text
//! kinds -> specs -> check
//! ```

mod check;
mod kinds;
mod specs;

pub(super) use check::check;
pub(crate) use specs::{SpecialTime, TIME_ZONE};

pub use specs::{ActivitySpec, Campaign, TrafficSpec};
