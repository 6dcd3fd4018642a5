//! The `policy` section, also as a file of its own: the rules by which a pipeline is meant to read what arrives.
//!
//! ```text
//! words -> funnel_rules -> specs -> read
//! ```

mod funnel_rules;
mod read;
pub mod shipped;
mod specs;
mod words;

pub use funnel_rules::FunnelRules;
pub use specs::{
    AttributionRules, DeduplicateSpec, LatenessSpec, PolicySpec, RenamedEvent, RenamedProperty,
    RetypedProperty, SessionRules,
};
pub use words::{
    CreditModel, EdgeRule, FormerType, FunnelScope, IdentityRule, KeptCopy, LateMeasure, LateRule,
    PrefetchRule, RepeatRule, SessionCut, StepOrder, TrustedClock,
};
