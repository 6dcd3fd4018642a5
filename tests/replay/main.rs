//! Replay against a real sink over real sockets, in this process and as processes of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod forms;
mod processes;
mod soak;
mod support;
