//! A deterministic discrete-event simulator of web users.

mod digest;
mod event;
mod time;

mod kernel;
mod model;

pub mod cli;
pub mod expectations;
pub mod minimize;
pub mod replay;
pub mod scenario;
pub mod sink;
#[cfg(feature = "stages")]
pub mod stages;
pub mod statistics;
pub mod timeline;

pub use event::{Event, event_type};
pub use kernel::{ParseShardError, Shard, Simulation};
pub use model::{Forecast, MAX_USERS, Model, ModelError, Refusal};
pub use scenario::Scenario;
pub use time::{ParseTimeError, VirtualTime};
