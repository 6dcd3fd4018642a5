//! What becomes of a request.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{BoxError, Json, Router};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

use super::body::{self, BodyError, Events};
use super::connection::Cut;
use super::contract::{self, Accepted, Place, Problem};
use super::faults::{Dice, Fate, TokenBucket, Trouble};
use super::ledger::Ledger;
use super::output::{self, Output};
use super::report::Stats;
use super::server::Shared;
use super::{SinkConfig, SinkError};
use event_simulator::time::VirtualTime;

/// Where events go.
const EVENTS: &str = "/api/events";
/// A refusal names no more problems than this.
const MAX_PROBLEMS: usize = 100;

/// One connection, as its requests see it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) cut: Arc<Cut>,
    pub(super) stopping: watch::Receiver<bool>,
}

/// What requests change, one after the other.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) stats: Stats,
    dice: Dice,
    bucket: Option<TokenBucket>,
    ledger: Ledger,
    output: Option<Output>,
    /// The lines of one request; kept for its memory.
    lines: Vec<u8>,
    /// For ids only, so that they do not repeat from run to run.
    ids: ChaCha8Rng,
}

impl Intake {
    pub(super) fn new(config: &SinkConfig) -> Result<Self, SinkError> {
        let output = config.output.as_ref();
        Ok(Self {
            stats: Stats::default(),
            dice: Dice::new(&config.faults),
            bucket: config.faults.rate_limit.map(TokenBucket::new),
            ledger: Ledger::new(config.order_by),
            output: output.map(|path| Output::open(path, config.append)).transpose()?,
            lines: Vec::new(),
            ids: ChaCha8Rng::seed_from_u64(RandomState::new().hash_one(SystemTime::now())),
        })
    }

    /// Keeps the events of one request, all or none.
    fn keep(
        &mut self,
        config: &SinkConfig,
        events: &[Accepted],
        how: &Arrival,
    ) -> io::Result<Kept> {
        let admission = self.ledger.admit(events, how.key, how.is_batch);
        let repeats = admission.is_repeat.iter();
        let fresh = events.iter().zip(repeats).filter(|&(_, &repeat)| !(repeat && config.dedupe));
        self.lines.clear();
        if let Some(output) = &mut self.output {
            for (event, _) in fresh {
                let stamp = config.stamp.then(|| stamp(&mut self.ids));
                output::push_line(&mut self.lines, event.json, stamp.as_deref());
            }
            if let Err(error) = output.write(&self.lines) {
                let error =
                    io::Error::new(error.kind(), format!("{}: {error}", output.path().display()));
                self.ledger.withdraw(&admission);
                self.stats.last_error = Some(error.to_string());
                return Err(error);
            }
        }
        let mut kept = Kept::default();
        for (event, is_repeat) in events.iter().zip(admission.is_repeat) {
            kept.duplicates += u64::from(is_repeat);
            kept.accepted += u64::from(!(is_repeat && config.dedupe));
            if !is_repeat {
                self.stats.order_violations += u64::from(self.ledger.breaks_order(event));
            }
        }
        self.stats.events_accepted += kept.accepted;
        self.stats.duplicates += kept.duplicates;
        Ok(kept)
    }
}

/// How events came.
struct Arrival<'a> {
    /// The `Idempotency-Key` of the request.
    key: Option<&'a str>,
    is_batch: bool,
}

#[derive(Default)]
struct Kept {
    accepted: u64,
    duplicates: u64,
}

/// Answers one request. Events do not pass the router, whose boxes would cost each about a
/// microsecond.
pub(super) async fn respond(client: Arc<Client>, request: Request<Incoming>) -> Response {
    let is_event = request.method() == Method::POST && request.uri().path() == EVENTS;
    let response = if is_event {
        ingest(&client, request).await
    } else {
        let router = TowerToHyperService::new(routes(Arc::clone(&client)));
        router.call(request).await.unwrap_or_else(|never| match never {})
    };
    *client.shared.intake().stats.answers.entry(response.status().as_u16()).or_default() += 1;
    response
}

fn routes(client: Arc<Client>) -> Router {
    let health = async || Json(serde_json::json!({"status": "healthy"}));
    let events =
        async |State(client): State<Arc<Client>>, request: Request| ingest(&client, request).await;
    let stats = async |State(client): State<Arc<Client>>| Json(client.shared.stats());
    Router::new()
        .route(EVENTS, post(events))
        .route("/health", get(health))
        .route("/stats", get(stats))
        .fallback(async || detail(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || {
            detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .with_state(client)
}

async fn ingest<B>(client: &Client, request: Request<B>) -> Response
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let fate = {
        let mut intake = client.shared.intake();
        intake.stats.requests += 1;
        intake.dice.draw()
    };
    if fate.trouble == Trouble::ResetBefore {
        client.shared.intake().stats.resets.before += 1;
        client.cut.now().await;
    }
    let response = client.answer(request, fate).await;
    if fate.trouble == Trouble::ResetAfter {
        client.shared.intake().stats.resets.after += 1;
        client.cut.now().await;
    }
    if !fate.latency.is_zero() {
        sleep(fate.latency).await;
    }
    response
}

impl Client {
    async fn answer<B>(&self, request: Request<B>, fate: Fate) -> Response
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let config = &self.shared.config;
        let (head, body) = request.into_parts();
        let bytes = match read(body, config.max_body.as_bytes()).await {
            Ok(bytes) => bytes,
            Err(refusal) => return refusal,
        };
        self.shared.intake().stats.bytes += bytes.len() as u64;
        if let Err(wait) = self.pass_limit() {
            return too_many(wait);
        }
        match fate.trouble {
            Trouble::Fail => return failed_on_purpose(config.faults.status),
            Trouble::Hang => self.hang().await,
            Trouble::None | Trouble::ResetBefore | Trouble::ResetAfter => {}
        }
        let encoding = header(&head.headers, CONTENT_ENCODING.as_str()).unwrap_or_default();
        match body::decoded(bytes, encoding, config.max_body.as_bytes()) {
            Ok(bytes) => self.take(&head.headers, &bytes),
            Err(error) => unreadable(&error),
        }
    }

    fn pass_limit(&self) -> Result<(), Duration> {
        let now = self.shared.elapsed();
        self.shared.intake().bucket.as_mut().map_or(Ok(()), |bucket| bucket.take(now))
    }

    /// Lets the client wait until it leaves, or the sink stops.
    async fn hang(&self) -> ! {
        self.shared.intake().stats.hangs += 1;
        let _ = self.stopping.clone().changed().await;
        self.cut.now().await
    }

    /// Checks the events of a body, and keeps them if all are good.
    fn take(&self, headers: &HeaderMap, bytes: &[u8]) -> Response {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return detail(StatusCode::BAD_REQUEST, "There was an error parsing the body");
        };
        let content_type = header(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        let events = match body::split(text, content_type) {
            Ok(events) => events,
            Err(problem) => return self.refuse(&[problem]),
        };
        let config = &self.shared.config;
        let is_batch = matches!(events, Events::Batch(_));
        let events = match check(&events) {
            Ok(events) => events,
            Err(problems) => return self.refuse(&problems),
        };
        if let Some(index) =
            events.iter().position(|event| event.json.len() > config.max_event.as_bytes())
        {
            return too_large(&format!("event {index}"), config.max_event.as_bytes());
        }
        let arrival = Arrival { key: header(headers, "idempotency-key"), is_batch };
        let mut intake = self.shared.intake();
        match intake.keep(config, &events, &arrival) {
            Ok(kept) if is_batch => accepted_batch(&kept),
            Ok(kept) => accepted_one(&kept, &mut intake.ids),
            Err(error) => not_kept(&error),
        }
    }

    fn refuse(&self, problems: &[Problem]) -> Response {
        self.shared.intake().stats.refused += 1;
        detail(StatusCode::UNPROCESSABLE_ENTITY, problems)
    }
}

fn check<'a>(events: &Events<'a>) -> Result<Vec<Accepted<'a>>, Vec<Problem<'a>>> {
    let body = Place::Name("body");
    let batch = match events {
        Events::One(json) => return contract::check(json, &[body]).map(|event| vec![event]),
        Events::Batch(batch) => batch,
    };
    let mut accepted = Vec::with_capacity(batch.len());
    let mut problems = Vec::new();
    for (index, json) in batch.iter().enumerate() {
        match contract::check(json, &[body.clone(), Place::Index(index)]) {
            Ok(event) => accepted.push(event),
            Err(more) => problems.extend(more),
        }
        if problems.len() >= MAX_PROBLEMS {
            problems.truncate(MAX_PROBLEMS);
            break;
        }
    }
    if problems.is_empty() { Ok(accepted) } else { Err(problems) }
}

async fn read<B>(body: B, limit: usize) -> Result<Bytes, Response>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large("the body", limit)),
        Err(_) => Err(detail(StatusCode::BAD_REQUEST, "There was an error reading the body")),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn accepted_one(kept: &Kept, ids: &mut ChaCha8Rng) -> Response {
    let message = if kept.accepted == 0 { "Event already received" } else { "Event received" };
    let id = new_id(ids, unix_millis());
    json(
        StatusCode::OK,
        format!(r#"{{"status":"success","event_id":"{id}","message":"{message}"}}"#),
    )
}

fn accepted_batch(kept: &Kept) -> Response {
    let Kept { accepted, duplicates } = kept;
    json(
        StatusCode::OK,
        format!(
            r#"{{"status":"success","accepted":{accepted},"duplicates":{duplicates},"message":"{accepted} events received"}}"#
        ),
    )
}

fn too_many(wait: Duration) -> Response {
    let mut response = detail(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
    let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn failed_on_purpose(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    detail(status, status.canonical_reason().unwrap_or("Failed on purpose"))
}

fn too_large(what: &str, limit: usize) -> Response {
    detail(StatusCode::PAYLOAD_TOO_LARGE, &format!("{what} is larger than {limit} bytes"))
}

fn unreadable(error: &BodyError) -> Response {
    let status = match error {
        BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::UnknownEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        BodyError::Corrupt { .. } => StatusCode::BAD_REQUEST,
    };
    detail(status, &error.to_string())
}

fn not_kept(error: &io::Error) -> Response {
    let status = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            StatusCode::INSUFFICIENT_STORAGE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    detail(status, &error.to_string())
}

/// An answer in the shape of `FastAPI` for what is wrong.
fn detail(status: StatusCode, detail: &(impl Serialize + ?Sized)) -> Response {
    #[derive(Serialize)]
    struct Detail<'a, T: ?Sized> {
        detail: &'a T,
    }
    json(status, serde_json::to_string(&Detail { detail }).unwrap_or_default())
}

fn json(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// What `--stamp` adds to an event, from the comma on.
fn stamp(ids: &mut ChaCha8Rng) -> String {
    let now = unix_millis();
    let id = new_id(ids, now);
    let at = VirtualTime::from_millis(now).unwrap_or(VirtualTime::MAX);
    format!(r#","received_id":"{id}","received_at":"{at}"}}"#)
}

fn unix_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// A version 7 UUID ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)) of `millis`.
fn new_id(random: &mut ChaCha8Rng, millis: u64) -> String {
    let (high, low) = (random.next_u64(), random.next_u64());
    let mut id = String::with_capacity(36);
    let _ = write!(
        id,
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        (millis >> 16) & 0xffff_ffff,
        millis & 0xffff,
        high & 0xfff,
        0x8000 | (high >> 12) & 0x3fff,
        low >> 16
    );
    id
}
