//! Replay against a real collector over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
mod faults;
mod formats;
mod forms;
mod http2;
#[cfg(feature = "kafka")]
mod kafka;
mod odd_answers;
mod raw_bodies;
mod scripted_target;
#[allow(dead_code, reason = "shared with the tests of the program")]
mod support;
mod written;
