//! The schedule of events: the times at which they are due, their order, and their batches.
//!
//! The [`Pacer`] is a pure value that says when each event is due; the pacing thread owns the clock
//! and waits until then. [`Lanes`] keep the order of a user's events, the [`Batcher`] gathers events
//! for one request.

mod batch;
mod batcher;
mod converter;
mod lanes;
mod pacer;
mod pacing_thread;
mod time_rewriter;

pub(crate) use batch::{Batch, ScheduledEvent};
pub(crate) use batcher::Batcher;
pub(crate) use converter::Converter;
pub(crate) use lanes::Lanes;
pub use pacer::Pacer;
pub(crate) use pacing_thread::{DueItem, DueItems, PacingThread, Start};
pub(crate) use time_rewriter::{TimeRewriter, wall_time};
