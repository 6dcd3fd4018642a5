//! Why the events of a request are not kept, and the answer that says so.

use std::io;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use hyper::http::HeaderValue;
use serde_json::value::RawValue;

use crate::batch::Rejection;
use crate::body::BodyError;
use crate::response::{self, HttpResponse};
use crate::store::StoreError;

/// Why the events of a request are not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("There was an error parsing the body")]
    NotUtf8,
    #[error("Too Many Requests")]
    RateLimited { wait: Duration },
    #[error("{}", .0.canonical_reason().unwrap_or("Failed on purpose"))]
    Injected(StatusCode),
    #[error("event {index} is larger than {limit} bytes")]
    EventTooLarge { index: usize, limit: usize },
    /// The violations as JSON.
    #[error("{0}")]
    Contract(Box<RawValue>),
    /// A request that is none of the protocol's, and the answer's status.
    #[error("{1}")]
    Protocol(StatusCode, String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Rejection<'_>> for Refusal {
    fn from(rejection: Rejection<'_>) -> Self {
        match rejection {
            Rejection::EventTooLarge { index, limit } => Self::EventTooLarge { index, limit },
            Rejection::Violations(violations) => {
                Self::Contract(serde_json::value::to_raw_value(&violations).unwrap_or_default())
            }
        }
    }
}

impl Refusal {
    /// The answer that says so.
    pub(crate) fn response(&self) -> HttpResponse {
        match self {
            Self::Contract(violations) => response::detail(self.status(), violations),
            Self::RateLimited { wait } => {
                let mut response = response::detail(self.status(), &self.to_string());
                let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            _ => response::detail(self.status(), &self.to_string()),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Body(BodyError::Incomplete | BodyError::Corrupt { .. }) | Self::NotUtf8 => {
                StatusCode::BAD_REQUEST
            }
            Self::Body(BodyError::TooLarge { .. }) | Self::EventTooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Body(BodyError::TimedOut) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BodyError::UnknownEncoding(_)) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Injected(status) | Self::Protocol(status, _) => *status,
            Self::Contract(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(error) => match error.source.kind() {
                io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::FileTooLarge => StatusCode::INSUFFICIENT_STORAGE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }
}
