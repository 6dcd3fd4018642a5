//! Random numbers: streams that a seed gives, and samplers that draw from them.
//!
//! [`RngStreams`] are all the randomness of one seed. Each user and each session has a range of its own
//! in them, so that what one draws moves nothing of another; its [`Draws`] are bits by their place. What an event
//! carries is drawn from [`EventDraws`] of its own. A sampler
//! is a distribution with its parameters; `new` checks them, and `sample`, a function of 64 bits, cannot fail:
//!
//! | sampler | gives |
//! |---|---|
//! | [`Bernoulli`] | true with a probability |
//! | [`CumulativeTable`] | an index in proportion to its weight |
//! | [`NameChoice`] | one of some names, whichever others there are |
//! | [`BoundedCount`] | a count within bounds, with a mean |
//! | [`CountTable`] | a count: Poisson, geometric, Zipf |
//! | [`QuantileTable`] | a number of units: normal, log-normal, Weibull, exponential, also within bounds |
//! | [`uniform`] | an integer within bounds |
//!
//! A [`Feistel`] permutation is not drawn from: it puts numbers into an order that looks random.
//!
//! All of them use integers and `+ - * / sqrt` alone and give the same values for ever, which the tests
//! hold row by row in `value_stability`. Another value is another timeline: a new format version.

mod assignment;
mod bernoulli;
mod bounded_count;
mod continuous;
mod counts;
mod cumulative_table;
mod draws;
mod elementary;
mod error;
mod feistel;
mod name_choice;
mod quantile_table;
mod streams;
#[cfg(test)]
mod value_stability;

pub(crate) use assignment::Assignment;
pub(crate) use bernoulli::Bernoulli;
pub(crate) use bounded_count::{BoundedCount, CountShape};
pub(crate) use continuous::{Continuous, Truncated, normal_quantile};
pub(crate) use counts::{CountTable, zipf_weights};
pub(crate) use cumulative_table::CumulativeTable;
pub(crate) use draws::{
    Aspect, AspectDraws, Draws, EventDraws, Owner, redrawn, scattered, uniform,
};
pub(crate) use elementary::{exp, ln};
pub(crate) use error::ParameterError;
pub(crate) use feistel::{Feistel, mix};
pub(crate) use name_choice::{NameChoice, name_hash};
pub(crate) use quantile_table::QuantileTable;
pub(crate) use streams::RngStreams;
