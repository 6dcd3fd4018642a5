//! The `policy` section, also as a file of its own: the rules by which a pipeline is meant to read what arrives.
//!
//! ```text
//! words -> specs -> read
//! ```

mod read;
pub mod shipped;
mod specs;
mod words;

pub use specs::{
    AttributionRules, DeduplicateSpec, LatenessSpec, PolicySpec, RenamedProperty, SessionRules,
};
pub use words::{
    CreditModel, IdentityRule, KeptCopy, LateMeasure, LateRule, SessionCut, TrustedClock,
};
