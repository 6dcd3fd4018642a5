//! Targets that take events by HTTP.

mod body;
mod client;
mod http_target;
mod loopback;
mod request_template;
mod response;
mod secrets;

pub(crate) use http_target::HttpTarget;
