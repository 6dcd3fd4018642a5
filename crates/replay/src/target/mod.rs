//! The places that batches are sent to, and the meaning of their responses.
//!
//! A [`Target`] makes a request of a batch, sends it once, and gives the result. All else (retries,
//! the circuit breaker, what is written down) is done by those who use it, the same for every target.

mod http;
mod interface;

pub(crate) use http::HttpTarget;
#[cfg(test)]
pub(crate) use interface::AttemptFailure;
pub(crate) use interface::{Attempt, Retry, RetryCause, Target, Verdict};
