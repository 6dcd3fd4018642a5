//! Connections to the target, which are used again and again.

use std::error::Error;
use std::future::poll_fn;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use tower_service::Service;

use super::connection::{PlainConnection, PlainRequest};
use crate::target::http::response::{FailedExchange, Reader, Stage};
use crate::target::interface::Attempt;

/// A client of one URL.
pub(in crate::target::http) struct PlainClient {
    connector: HttpConnector,
    url: Uri,
    host: HeaderValue,
    /// Connections whose last response was read to its end; the latest is used first.
    idle: Mutex<Vec<PlainConnection>>,
}

impl PlainClient {
    /// A client of `url`; none if it cannot be asked in this way.
    pub(in crate::target::http) fn new(url: &Url, connect_timeout: Duration) -> Option<Self> {
        if url.scheme() != "http" {
            return None;
        }
        let host = match (url.host_str()?, url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(connect_timeout));
        Some(Self {
            connector,
            url: format!("http://{host}/").parse().ok()?,
            host: host.parse().ok()?,
            idle: Mutex::default(),
        })
    }

    /// What requests say in `Host`, which their headers must hold.
    pub(in crate::target::http) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// Sends a request, and has the response read. Notes in `begun` when there is a connection for it.
    pub(in crate::target::http) async fn execute(
        &self,
        request: &PlainRequest<'_>,
        reader: &Reader,
        begun: &OnceLock<Instant>,
    ) -> Result<Attempt, FailedExchange> {
        let mut connection = match self.take_idle() {
            Some(connection) => connection,
            None => self
                .connect()
                .await
                .map_err(|error| FailedExchange::of(&*error, Stage::Connecting))?,
        };
        begun.get_or_init(Instant::now);
        let exchanged = connection.exchange(request, reader).await?;
        if exchanged.is_reusable {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(exchanged.attempt)
    }

    /// A connection that is still open: the target closes those that were idle for long.
    fn take_idle(&self) -> Option<PlainConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(PlainConnection::is_open)
    }

    async fn connect(&self) -> Result<PlainConnection, Box<dyn Error + Send + Sync>> {
        let mut connector = self.connector.clone();
        poll_fn(|context| connector.poll_ready(context)).await?;
        let stream = connector.call(self.url.clone()).await?;
        Ok(PlainConnection::new(stream.into_inner()))
    }
}
