//! `POST /api/events`: from a request to its answer.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{HeaderMap, Request, StatusCode};
use tokio::time::sleep;

use crate::batch;
use crate::batch::NDJSON;
use crate::body;
use crate::context::ConnectionContext;
use crate::faults::InjectedFault;
use crate::ids::unix_millis;
use crate::protocol::DecodedRequest;
use crate::refusal::Refusal;
use crate::response::{self, HttpResponse};
use crate::state::IngestState;
use crate::store::Appended;

/// Draws a request's fault, and answers it unless that is to reset its connection.
pub(crate) async fn ingest(
    connection: &ConnectionContext,
    request: Request<Incoming>,
) -> HttpResponse {
    let state = &connection.state;
    let injection = {
        let mut ingest = state.ingest();
        ingest.stats.requests += 1;
        ingest.faults.draw()
    };
    if injection.fault == Some(InjectedFault::ResetBefore) {
        state.ingest().stats.resets.before += 1;
        connection.reset.trigger().await;
    }
    let response = match receive(connection, request, injection.fault).await {
        Ok(response) => response,
        Err(refusal) => {
            let is_violation = matches!(refusal, Refusal::Contract(_));
            state.ingest().stats.refused += u64::from(is_violation);
            refusal.response()
        }
    };
    if injection.fault == Some(InjectedFault::ResetAfter) {
        state.ingest().stats.resets.after += 1;
        connection.reset.trigger().await;
    }
    if injection.latency > Duration::ZERO {
        sleep(injection.latency).await;
    }
    response
}

/// Reads the events of a request, checks them, and keeps them if all are good.
async fn receive(
    connection: &ConnectionContext,
    request: Request<Incoming>,
    fault: Option<InjectedFault>,
) -> Result<HttpResponse, Refusal> {
    let state = &connection.state;
    let (head, body) = request.into_parts();
    let body = body::read(body, state.limits.max_body, state.limits.read_timeout).await?;
    state.ingest().stats.bytes += body.len() as u64;
    state.take_token().map_err(|wait| Refusal::RateLimited { wait })?;
    match fault {
        Some(InjectedFault::Fail(status)) => return Err(Refusal::Injected(status)),
        Some(InjectedFault::Hang) => hang(connection).await,
        Some(
            InjectedFault::ResetBefore | InjectedFault::ResetAfter | InjectedFault::SilentDrop,
        )
        | None => {}
    }
    let encoding = header(&head.headers, CONTENT_ENCODING.as_str());
    let compression = body::compression(encoding.unwrap_or_default())?;
    let body = body::decompressed(body, compression, state.limits.max_body)?;
    let key = header(&head.headers, "idempotency-key");
    let is_dropped = fault == Some(InjectedFault::SilentDrop);
    let Some(format) = state.protocol else {
        let content_type = header(&head.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        let text = std::str::from_utf8(&body).map_err(|_| Refusal::NotUtf8)?;
        let submission = batch::validate(text, content_type, state.limits.max_event)?;
        let mut ingest = state.ingest();
        let appended = ingest.keep(&submission, key, is_dropped)?;
        return Ok(accepted(&appended, submission.is_batch, &mut ingest));
    };
    let request =
        DecodedRequest::read(format, body, &head, &connection.address, state.limits.max_body)?;
    let mut ingest = state.ingest();
    ingest.stats.refused += u64::from(request.has_refused());
    if request.is_kept() {
        let submission = batch::validate(&request.lines, NDJSON, state.limits.max_event)?;
        ingest.keep(&submission, None, is_dropped)?;
    }
    Ok(request.answer())
}

/// Lets the client wait until it leaves, or the collector stops.
async fn hang(connection: &ConnectionContext) -> ! {
    connection.state.ingest().stats.hangs += 1;
    let _ = connection.stopping.clone().changed().await;
    connection.reset.trigger().await
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn accepted(appended: &Appended, is_batch: bool, ingest: &mut IngestState) -> HttpResponse {
    let &Appended { accepted, duplicates, .. } = appended;
    let text = if is_batch {
        format!(
            r#"{{"status":"success","accepted":{accepted},"duplicates":{duplicates},"message":"{accepted} events received"}}"#
        )
    } else {
        let message = if accepted == 0 { "Event already received" } else { "Event received" };
        let id = ingest.uuids.next(unix_millis());
        format!(r#"{{"status":"success","event_id":"{id}","message":"{message}"}}"#)
    };
    response::json(StatusCode::OK, text)
}
