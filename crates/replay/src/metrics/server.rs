//! The metrics while a replay runs, served to Prometheus.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::prometheus;
use super::shared::SharedMetrics;
use crate::error::ReplayError;

const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves `GET /metrics` on `address` for as long as the process lives, on a thread of its own. Gives
/// the address that it listens on.
///
/// # Errors
///
/// [`ReplayError::Config`] if the address cannot be had.
pub fn serve_metrics(
    address: SocketAddr,
    metrics: Arc<SharedMetrics>,
) -> Result<SocketAddr, ReplayError> {
    let taken = |error| ReplayError::Config(format!("cannot serve metrics on {address}: {error}"));
    let listener = std::net::TcpListener::bind(address).map_err(taken)?;
    listener.set_nonblocking(true).map_err(taken)?;
    let bound = listener.local_addr().map_err(taken)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ReplayError::Start)?;
    let listener = {
        let _guard = runtime.enter();
        TcpListener::from_std(listener).map_err(taken)?
    };
    std::thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(move || runtime.block_on(serve(listener, metrics)))
        .map_err(ReplayError::Start)?;
    Ok(bound)
}

/// Answers every connection, each in a task of its own, until the process ends.
async fn serve(listener: TcpListener, metrics: Arc<SharedMetrics>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // No more file handles, most likely: others may be given back meanwhile.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let metrics = Arc::clone(&metrics);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = respond(&request, &metrics);
                async { Ok::<_, Infallible>(response) }
            });
            // A client that goes away in the middle is none of the replay's business.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn respond(request: &Request<Incoming>, metrics: &SharedMetrics) -> Response<Full<Bytes>> {
    let (status, header, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => (
            StatusCode::OK,
            Some((CONTENT_TYPE, MEDIA_TYPE)),
            prometheus::text(&metrics.snapshot()),
        ),
        (_, "/metrics") => {
            (StatusCode::METHOD_NOT_ALLOWED, Some((ALLOW, "GET,HEAD")), String::new())
        }
        _ => (StatusCode::NOT_FOUND, None::<(HeaderName, &str)>, String::new()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    #[test]
    fn the_metrics_are_at_their_path_and_nothing_else_is() {
        let metrics = Arc::new(SharedMetrics::default());
        metrics.lock().requests = 7;
        let address = serve_metrics("127.0.0.1:0".parse().unwrap(), metrics).unwrap();
        let response = ask(address, "GET /metrics");
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.contains(&format!("content-type: {MEDIA_TYPE}\r\n")), "{response}");
        assert!(response.contains("\nreplay_requests_total 7\n"), "{response}");
        assert!(ask(address, "GET /").starts_with("HTTP/1.1 404 "));
        let refused = ask(address, "POST /metrics");
        assert!(refused.starts_with("HTTP/1.1 405 ") && refused.contains("allow: GET,HEAD"));
        let head = ask(address, "HEAD /metrics");
        assert!(head.starts_with("HTTP/1.1 200 ") && !head.contains("replay_"), "{head}");
        let taken = serve_metrics(address, Arc::default()).unwrap_err().to_string();
        assert!(taken.contains("cannot serve metrics"), "{taken}");
    }
}
