//! Answers: JSON, in the shape of `FastAPI` for what is wrong.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::http::HeaderValue;
use hyper::{Response, StatusCode};
use serde::Serialize;

/// An answer whose body is known.
pub(crate) type HttpResponse = Response<Full<Bytes>>;

/// An answer of JSON text.
pub(crate) fn json(status: StatusCode, text: String) -> HttpResponse {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> HttpResponse {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// A picture of one transparent pixel.
pub(crate) fn pixel() -> HttpResponse {
    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\x21\xf9\x04\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
    let mut response = Response::new(Full::from(GIF));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/gif"));
    response
}

/// An answer that says what is wrong.
pub(crate) fn detail(status: StatusCode, detail: &(impl Serialize + ?Sized)) -> HttpResponse {
    #[derive(Serialize)]
    struct Detail<'a, T: ?Sized> {
        detail: &'a T,
    }
    json(status, serde_json::to_string(&Detail { detail }).unwrap_or_default())
}

/// The answer to a method that a path does not have.
pub(crate) fn method_not_allowed(allowed: &'static str) -> HttpResponse {
    let mut response = detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}
