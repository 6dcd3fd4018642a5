//! Connections of HTTP/1.1 to the target itself: without TLS and without a proxy.
//!
//! One task polls a request and its connection: to hand requests to tasks of the connections' own, as the general client
//! does, costs a replay 1.7 times as much.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Method, Request, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use tokio::net::TcpStream;
use tower_service::Service;

use super::response::{FailedExchange, Reader, Stage};
use super::tracked_body::TrackedBody;
use crate::target::interface::Attempt;

/// A client of one URL.
pub(super) struct PlainClient {
    connector: HttpConnector,
    url: Uri,
    /// The path and query, as requests have them.
    path: Uri,
    host: HeaderValue,
    /// Connections whose last response was read to its end; the latest is used first.
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    sender: SendRequest<TrackedBody>,
    /// None once the connection is closed.
    driver: Option<Driver>,
}

/// In a place of its own, because a connection is large and goes from hand to hand.
type Driver = Pin<Box<http1::Connection<TokioIo<TcpStream>, TrackedBody>>>;

/// A request that did not get its response.
enum Unanswered {
    /// It was not sent, since the connection had been closed.
    Unsent(Box<Request<TrackedBody>>),
    Failed(FailedExchange),
}

impl PlainClient {
    /// A client of `url`; none if it cannot be asked in this way.
    pub(super) fn new(url: &Url, connect_timeout: Duration) -> Option<Self> {
        if url.scheme() != "http" {
            return None;
        }
        let host = match (url.host_str()?, url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(connect_timeout));
        Some(Self {
            connector,
            url: format!("http://{host}/").parse().ok()?,
            path: format!("{}{query}", url.path()).parse().ok()?,
            host: host.parse().ok()?,
            idle: Mutex::default(),
        })
    }

    /// What requests say in `Host`, which their headers must hold.
    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// Sends a request, and has the response read.
    pub(super) async fn execute(
        &self,
        method: &Method,
        headers: HeaderMap,
        body: TrackedBody,
        reader: &Reader,
    ) -> Result<Attempt, FailedExchange> {
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = self.path.clone();
        *request.headers_mut() = headers;
        loop {
            let idle = self.take_idle();
            let is_new = idle.is_none();
            let connection = match idle {
                Some(connection) => connection,
                None => self
                    .connect()
                    .await
                    .map_err(|error| FailedExchange::of(&*error, Stage::Connecting))?,
            };
            match self.exchange(connection, request, reader).await {
                Ok(attempt) => return Ok(attempt),
                Err(Unanswered::Failed(failed)) => return Err(failed),
                Err(Unanswered::Unsent(_)) if is_new => return Err(FailedExchange::closed()),
                // The target closes connections that were idle for long.
                Err(Unanswered::Unsent(unsent)) => request = *unsent,
            }
        }
    }

    /// Sends a request by a connection, which is kept if it can be used again.
    async fn exchange(
        &self,
        mut connection: Connection,
        request: Request<TrackedBody>,
        reader: &Reader,
    ) -> Result<Attempt, Unanswered> {
        let Connection { sender, driver } = &mut connection;
        let exchange = async {
            let response = match sender.try_send_request(request).await {
                Ok(response) => response,
                Err(mut error) => {
                    return Err(match error.take_message() {
                        Some(unsent) => Unanswered::Unsent(Box::new(unsent)),
                        None => Unanswered::Failed(FailedExchange::of(error.error(), Stage::Sent)),
                    });
                }
            };
            let attempt = reader.read(response).await.map_err(Unanswered::Failed)?;
            Ok((attempt, sender.ready().await.is_ok()))
        };
        let (attempt, is_usable) = driven(driver, exchange).await?;
        if is_usable {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(attempt)
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn connect(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        let mut connector = self.connector.clone();
        poll_fn(|context| connector.poll_ready(context)).await?;
        let stream = connector.call(self.url.clone()).await?;
        let (sender, driver) = http1::handshake(stream).await?;
        Ok(Connection { sender, driver: Some(Box::pin(driver)) })
    }
}

/// The output of an exchange, with its connection at work until then. What a closed connection leaves undone is known by
/// that its driver is gone.
async fn driven<T>(driver: &mut Option<Driver>, exchange: impl Future<Output = T>) -> T {
    let mut exchange = pin!(exchange);
    poll_fn(|context| {
        if let Poll::Ready(output) = exchange.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        let is_closed = |driver: &mut Driver| driver.as_mut().poll(context).is_ready();
        if driver.as_mut().is_some_and(is_closed) {
            *driver = None;
        }
        exchange.as_mut().poll(context)
    })
    .await
}
