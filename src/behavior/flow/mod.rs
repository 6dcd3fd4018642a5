//! The flow: a session as an absorbing Markov chain over pages.
//!
//! Every draw is by inversion, at a place of its own, and among names by the names: an edge, an event or a page that
//! is added takes its share of the draws, and what is written in another order changes none.
//!
//! ```text
//! by_name -> view -> sampler -> follow, forecast, steps
//!      chain, goal --/
//! ```

mod by_name;
mod chain;
mod follow;
mod forecast;
mod goal;
mod sampler;
mod steps;
mod view;

pub(crate) use goal::Goal;
pub(crate) use sampler::{Flow, FlowNames};
pub(crate) use steps::FlowStep;
