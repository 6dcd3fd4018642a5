//! Where batches are sent, and what the responses mean.
//!
//! A [`Target`] makes a request of a batch, sends it once, and says what came of it. All else (retries,
//! the circuit breaker, what is written down) is done by those who use it, the same for every target.

mod http;
mod interface;

pub(crate) use http::HttpTarget;
pub(crate) use interface::{Attempt, Retry, Target, Verdict};
