//! Delivery of events to the target: requests, retries, and what becomes of each event.

mod answer;
mod body;
mod client;
mod crew;
mod gate;
mod loopback;
mod secrets;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use reqwest::header::{HeaderValue, RETRY_AFTER};
use tokio::sync::watch;

use self::answer::{Retry, Verdict};
use self::client::Template;
pub(super) use self::crew::Crew;
use self::gate::{Change, Gate, Pass, Seen};
use super::ReplayError;
use super::books::Books;
use super::lanes::Lane;
use super::observer::Voice;
use super::options::Options;
use super::source::Item;
use super::stop::Phase;
use event_simulator::quantity::show_duration;

/// The longest wait before a retry.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// How much of an answer is read, and how much of it is kept as a reason.
const ANSWER_READ_BYTES: usize = 1024 * 1024;
const ANSWER_KEPT_CHARS: usize = 300;

/// An event on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) item: Item,
    /// When it was due; `None` without a schedule.
    pub(super) due: Option<Instant>,
    /// What is sent instead of the item's body, if its time says something else.
    pub(super) rewritten: Option<Bytes>,
}

impl Parcel {
    fn body(&self) -> &Bytes {
        self.rewritten.as_ref().unwrap_or(&self.item.body)
    }
}

/// What goes in one request.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) lane: Lane,
    pub(super) parcels: Vec<Parcel>,
}

/// What became of an event.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// The target has it.
    Delivered,
    /// It was given up.
    Dead(Arc<Reason>),
    /// The replay stopped before it was settled.
    Unsettled,
}

/// Why an event was given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Reason {
    pub(super) error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    pub(super) attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
}

/// A unit that is done with.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) unit: Unit,
    /// One for each parcel.
    pub(super) fates: Vec<Fate>,
    pub(super) at: Instant,
    /// Why the replay cannot go on.
    pub(super) failure: Option<ReplayError>,
}

/// Sends units. One for a replay, shared by all requests.
pub(super) struct Courier {
    template: Template,
    gate: Gate,
    options: Options,
    books: Arc<Books>,
    voice: Voice,
    stop: watch::Receiver<Phase>,
}

/// How the sending of one request, with its retries, ended.
enum Sent {
    Accepted,
    /// The target will not have it as it is.
    Refused(Reason),
    /// It used up its tries.
    Exhausted(Reason),
    Stopped(Option<ReplayError>),
}

struct Try {
    verdict: Verdict,
    reason: Reason,
}

impl Courier {
    pub(super) fn new(
        options: &Options,
        books: Arc<Books>,
        voice: Voice,
        stop: watch::Receiver<Phase>,
    ) -> Result<Self, ReplayError> {
        let template = Template::new(options)?;
        Ok(Self {
            template,
            gate: Gate::new(options),
            options: options.clone(),
            books,
            voice,
            stop,
        })
    }

    /// The target's address as it may be shown.
    pub(super) fn shown_url(&self) -> String {
        self.template.shown_url()
    }

    /// The request for these parcels in full, secrets masked.
    pub(super) fn shown_request(&self, parcels: &[Parcel]) -> String {
        let body = body::encode(parcels, &self.options);
        self.template.shown_request(&body, body::key(parcels).as_ref())
    }

    /// Sends a unit, and says what became of each event in it.
    ///
    /// When a batch is refused because of what is in it, its halves are sent, in order, down to the
    /// single events that are at fault.
    pub(super) async fn deliver(&self, unit: Unit) -> Settled {
        let mut fates = vec![Fate::Unsettled; unit.parcels.len()];
        let mut failure = None;
        let mut todo: Vec<Range<usize>> = Vec::new();
        let mut next = Some(0..unit.parcels.len());
        while let Some(range) = next.take().or_else(|| todo.pop()) {
            let (Some(parcels), Some(fates)) =
                (unit.parcels.get(range.clone()), fates.get_mut(range.clone()))
            else {
                break;
            };
            match self.send(parcels, range.start == 0 && range.end == unit.parcels.len()).await {
                Sent::Accepted => fates.fill(Fate::Delivered),
                Sent::Refused(reason) if parcels.len() > 1 && blames_content(&reason) => {
                    let middle = range.start + parcels.len() / 2;
                    todo.push(middle..range.end);
                    next = Some(range.start..middle);
                }
                Sent::Refused(reason) | Sent::Exhausted(reason) => {
                    fates.fill(Fate::Dead(Arc::new(reason)));
                }
                Sent::Stopped(error) => {
                    failure = error;
                    break;
                }
            }
        }
        Settled { unit, fates, at: Instant::now(), failure }
    }

    /// Sends one request, again and again until it is settled.
    async fn send(&self, parcels: &[Parcel], is_first: bool) -> Sent {
        let body = body::compressed(body::encode(parcels, &self.options), self.options.compress);
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                return Sent::Refused(Reason { error: error.to_string(), ..Reason::default() });
            }
        };
        let key = body::key(parcels);
        let successes_before = self.gate.successes();
        let mut asked_since = None;
        let mut counted = 0;
        let mut attempts = 0;
        loop {
            let Some(pass) = self.enter().await else { return Sent::Stopped(None) };
            let now = Instant::now();
            let asked_since = *asked_since.get_or_insert(now);
            if attempts == 0 && is_first {
                self.note_begun(parcels, now);
            } else {
                self.books.lock().retries += 1;
            }
            attempts += 1;
            let Try { verdict, mut reason } = self.attempt(&body, key.as_ref(), now).await;
            reason.attempts = attempts;
            if let Some(error) = self.learn(self.gate.leave(pass, seen(&verdict)), &reason) {
                return Sent::Stopped(Some(error));
            }
            let retry = match verdict {
                Verdict::Accepted => return Sent::Accepted,
                Verdict::Refused => return Sent::Refused(reason),
                Verdict::Retry(retry) => retry,
            };
            if !self.is_excused(retry, asked_since) {
                counted += 1;
            }
            if counted > self.options.retries {
                let blamed = retry.blames_target && !retry.answered;
                match blamed.then(|| self.gate.blame_target(successes_before)).flatten() {
                    None => return Sent::Exhausted(reason),
                    Some(change) => {
                        if let Some(error) = self.learn(change, &reason) {
                            return Sent::Stopped(Some(error));
                        }
                    }
                }
            }
            if !self.wait_before_retry(retry, counted).await {
                return Sent::Stopped(None);
            }
        }
    }

    /// Whether a failed try does not count against the event: the target has asked for a break, or
    /// is known to be down.
    fn is_excused(&self, retry: Retry, asked_since: Instant) -> bool {
        if retry.after.is_some() {
            return asked_since.elapsed() < self.options.outage_limit;
        }
        retry.blames_target && !retry.answered && self.gate.is_down()
    }

    /// Waits for the gate; `None` if the replay is stopped.
    async fn enter(&self) -> Option<Pass> {
        if *self.stop.borrow() != Phase::Running {
            return None;
        }
        if let Some(pass) = self.gate.enter_at_once() {
            return Some(pass);
        }
        let mut stop = self.stop.clone();
        tokio::select! {
            pass = self.gate.enter() => Some(pass),
            _ = stop.wait_for(|phase| *phase != Phase::Running) => None,
        }
    }

    fn note_begun(&self, parcels: &[Parcel], now: Instant) {
        self.gate.first_try();
        let mut metrics = self.books.lock();
        for parcel in parcels {
            let lag = parcel.due.map(|due| now.saturating_duration_since(due));
            metrics.begun(parcel.item.time, lag);
        }
    }

    /// One request, begun now, and its answer.
    async fn attempt(&self, body: &Bytes, key: Option<&HeaderValue>, begun: Instant) -> Try {
        let result = self.template.client.execute(self.template.request(body.clone(), key)).await;
        let response = match result {
            Ok(response) => response,
            Err(error) => return self.note_failure(&error, body.len()),
        };
        let status = response.status().as_u16();
        let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let after = after.and_then(|value| answer::retry_after(value, SystemTime::now()));
        let verdict = answer::of_status(status, &self.options.success, after);
        let text = read_answer(response, verdict != Verdict::Accepted).await;
        let mut metrics = self.books.lock();
        metrics.requests += 1;
        metrics.sent_bytes += body.len() as u64;
        metrics.latency.record(begun.elapsed());
        *metrics.statuses.entry(status).or_default() += 1;
        if verdict == Verdict::Accepted {
            return Try { verdict, reason: Reason::default() };
        }
        let error = format!("status {status}");
        metrics.failed_try(&error);
        let answer = text.map(|text| self.template.secrets.mask(&text).into_owned());
        Try { verdict, reason: Reason { error, status: Some(status), attempts: 0, answer } }
    }

    fn note_failure(&self, error: &reqwest::Error, bytes: usize) -> Try {
        let kind = answer::failure_kind(error);
        let mut metrics = self.books.lock();
        metrics.requests += 1;
        metrics.sent_bytes += bytes as u64;
        metrics.failed_try(kind);
        let explained = answer::explain(error);
        let error = format!("{kind}: {}", self.template.secrets.mask(&explained));
        let retry = Retry { after: None, blames_target: true, answered: false };
        Try { verdict: Verdict::Retry(retry), reason: Reason { error, ..Reason::default() } }
    }

    /// Tells of a change of the target's state; the error if the replay cannot go on.
    fn learn(&self, change: Change, reason: &Reason) -> Option<ReplayError> {
        match change {
            Change::None => None,
            Change::WentDown => {
                self.books.lock().outages += 1;
                let limit = show_duration(self.options.outage_limit);
                self.voice.say(format!(
                    "the target is down ({}): waiting for it, up to {limit}",
                    reason.error
                ));
                None
            }
            Change::CameBack(outage) => {
                let outage = show_duration(outage);
                self.voice.say(format!("the target is back after {outage}: going on"));
                None
            }
            Change::GiveUp(waited) => Some(ReplayError::Outage {
                url: self.shown_url(),
                reason: reason.error.clone(),
                waited,
                health_check: self.template.health_check(),
            }),
        }
    }

    /// Backoff with full jitter, or as long as the target asked for. Says whether to go on.
    async fn wait_before_retry(&self, retry: Retry, counted: u32) -> bool {
        if let Some(after) = retry.after {
            if self.gate.pause(after) {
                let after = show_duration(after);
                self.voice.say(format!("the target asks to wait {after}"));
            }
            return true;
        }
        let doubled = 2_u32.saturating_pow(counted.saturating_sub(1));
        let longest = self.options.backoff.saturating_mul(doubled).min(LONGEST_BACKOFF);
        let jitter = longest.mul_f64(rng().random());
        let wait = jitter.max(self.gate.retry_turn());
        let mut stop = self.stop.clone();
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = stop.wait_for(|phase| *phase != Phase::Running) => false,
        }
    }
}

fn rng() -> SmallRng {
    SmallRng::from_rng(&mut rand::rng())
}

fn seen(verdict: &Verdict) -> Seen {
    match verdict {
        Verdict::Retry(retry) if retry.blames_target => Seen::Down,
        Verdict::Retry(_) => Seen::Nothing,
        Verdict::Accepted | Verdict::Refused => Seen::Up,
    }
}

/// Whether a smaller part of a batch might be taken.
fn blames_content(reason: &Reason) -> bool {
    matches!(reason.status, Some(400 | 413 | 422))
}

/// Reads the answer, so that the connection can be used again, and keeps its beginning if wanted.
async fn read_answer(mut response: reqwest::Response, is_kept: bool) -> Option<String> {
    let mut kept = Vec::new();
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if is_kept && kept.len() < ANSWER_KEPT_CHARS * 4 {
            kept.extend_from_slice(&chunk);
        }
        if read > ANSWER_READ_BYTES {
            break;
        }
    }
    let text: String = String::from_utf8_lossy(&kept).chars().take(ANSWER_KEPT_CHARS).collect();
    (!text.is_empty()).then_some(text)
}
