//! The views of a command while it runs.

pub(crate) mod collector;
mod live_lines;
pub(crate) mod minimize;
pub(crate) mod progress;
pub(crate) mod replay;
