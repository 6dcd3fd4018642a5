//! The paths that the collector answers.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::http::HeaderValue;
use hyper::{Method, Request, StatusCode};

use crate::context::ConnectionContext;
use crate::cross_origin;
use crate::ingest::ingest;
use crate::protocol::is_request_of;
use crate::response::{self, HttpResponse};

/// The path to which events are sent.
pub(crate) const EVENTS: &str = "/api/events";

/// Answers one request.
pub(crate) async fn respond(
    connection: Arc<ConnectionContext>,
    request: Request<Incoming>,
) -> HttpResponse {
    let is_head = request.method() == Method::HEAD;
    let protocol = connection.state.protocol;
    let origin = protocol.and_then(|_| cross_origin::headers_for(request.headers()));
    let lookup = protocol.and_then(|format| format.reception.lookup(request.uri().path()));
    let mut response = match (request.uri().path(), request.method()) {
        (_, &Method::OPTIONS) if origin.is_some() => response::empty(StatusCode::NO_CONTENT),
        (_, &(Method::GET | Method::POST)) if lookup.is_some() => {
            response::json(StatusCode::OK, lookup.unwrap_or_default().to_owned())
        }
        (path, method) if protocol.is_some_and(|format| is_request_of(format, path, method)) => {
            ingest(&connection, request).await
        }
        (EVENTS, &Method::POST) => ingest(&connection, request).await,
        (EVENTS, _) => response::method_not_allowed("POST"),
        ("/health", &Method::GET | &Method::HEAD) => {
            response::json(StatusCode::OK, r#"{"status":"healthy"}"#.to_owned())
        }
        ("/stats", &Method::GET | &Method::HEAD) => {
            let stats = serde_json::to_string(&connection.state.stats());
            response::json(StatusCode::OK, stats.unwrap_or_default())
        }
        ("/health" | "/stats", _) => response::method_not_allowed("GET,HEAD"),
        _ => response::detail(StatusCode::NOT_FOUND, "Not Found"),
    };
    if is_head {
        drop_body(&mut response);
    }
    response.headers_mut().extend(origin.unwrap_or_default());
    let status = response.status().as_u16();
    *connection.state.ingest().stats.answers.entry(status).or_default() += 1;
    response
}

/// Leaves only the head of an answer to HEAD, which says how long the body would be.
fn drop_body(response: &mut HttpResponse) {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = Full::new(Bytes::new());
}
