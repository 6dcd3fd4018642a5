//! A deterministic discrete-event simulator of web users.

mod event;
mod time;

pub mod cli;
pub mod scenario;
pub mod timeline;

pub use event::{Event, event_type};
pub use scenario::Scenario;
pub use time::{ParseTimeError, VirtualTime};
