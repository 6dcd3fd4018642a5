//! The collector over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod collector;
mod limits;
mod protocols;
mod support;
