//! Random numbers: streams that a seed gives, and samplers that draw from them.
//!
//! [`RngStreams`] are all the randomness of one seed. Each user and each session has a range of its own
//! in them, so that what one draws moves nothing of another. An [`Rng`] reads one such range: bits, and
//! uniform integers. A sampler is a distribution with its parameters; `new` checks them, and `sample`
//! cannot fail:
//!
//! | sampler | gives |
//! |---|---|
//! | [`Bernoulli`] | true with a probability |
//! | [`AliasTable`] | an index in proportion to its weight |
//! | [`TruncatedGeometric`] | a count within bounds, with a mean |
//!
//! A [`Feistel`] permutation is not drawn from: it puts numbers into an order that looks random.
//!
//! All of them use integers and `+ - * /` alone and give the same values for ever, which the tests
//! hold row by row in `value_stability`. Another value is another timeline: a new format version.

mod alias_table;
mod bernoulli;
mod error;
mod feistel;
mod rng;
mod streams;
mod truncated_geometric;
#[cfg(test)]
mod value_stability;

pub(crate) use alias_table::AliasTable;
pub(crate) use bernoulli::Bernoulli;
pub(crate) use error::ParameterError;
pub(crate) use feistel::{Feistel, mix};
pub(crate) use rng::Rng;
pub(crate) use streams::RngStreams;
pub(crate) use truncated_geometric::TruncatedGeometric;
