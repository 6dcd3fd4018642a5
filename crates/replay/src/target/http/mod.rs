//! Targets that take events by HTTP.

mod body;
mod client;
mod http_target;
mod plain;
mod proxy;
mod request_template;
mod response;
mod tracked_body;

pub(crate) use http_target::HttpTarget;
