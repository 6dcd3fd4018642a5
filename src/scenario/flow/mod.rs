//! The `flow` section: a session as a Markov chain over pages.
//!
//! ```text
//! kinds -> specs -> graph -> check
//! ```

mod check;
mod graph;
mod kinds;
mod specs;

pub(super) use check::check;
pub(super) use kinds::{OwnPage, SharesKind};

pub use specs::{
    DwellSpec, EXIT, FlowEventSpec, FlowPageSpec, FlowSpec, FunnelSpec, GoalSpec, Milestone,
    ViewCount,
};
