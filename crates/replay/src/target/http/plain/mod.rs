//! The client of requests by plain HTTP/1.1 to the target itself, without TLS and without a proxy.
//!
//! A request and its response are one exchange of one task, written at once and parsed where they lie: the general client
//! hands both to tasks and buffers of its own, which costs a replay more than twice the time.

mod body_decoder;
mod client;
mod connection;
mod response_head;
#[cfg(test)]
mod tests;

pub(super) use client::PlainClient;
pub(super) use connection::PlainRequest;
