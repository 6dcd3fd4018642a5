//! The sender: brings requests to the target, with retries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use event_simulator::quantity::show_duration;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use tokio::sync::watch;

use super::circuit_breaker::{CircuitBreaker, Observation, Permit, Suspicion, Transition};
use super::refusals::FirstRefusals;
use super::retry_budget::RetryBudget;
use super::tries::Tries;
use crate::config::RetryConfig;
use crate::error::ReplayError;
use crate::metrics::SharedMetrics;
use crate::notifier::Notifier;
use crate::outcome::{Outcome, Reason};
use crate::records::SentFile;
use crate::schedule::ScheduledEvent;
use crate::shutdown::ShutdownPhase;
use crate::target::{Attempt, AttemptFailure, EventResult, Retry, RetryCause, Target, Verdict};

/// The longest wait before a retry.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Tries without a response after which a request is suspected to be the reason, however many retries
/// there are.
const MOST_LOSSES: u32 = 9;

/// Sends requests. One for a replay, shared by all requests.
pub(crate) struct Sender<T> {
    pub(super) target: Arc<T>,
    breaker: CircuitBreaker,
    budget: RetryBudget,
    pub(super) refusals: FirstRefusals,
    config: RetryConfig,
    sent_file: Option<SentFile>,
    metrics: Arc<SharedMetrics>,
    pub(super) notifier: Notifier,
    shutdown: watch::Receiver<ShutdownPhase>,
}

/// The end of the sending of one request, with its retries.
pub(super) enum Sent {
    Accepted,
    /// The target will not have it as it is.
    Refused {
        reason: Reason,
        blames_content: bool,
    },
    /// It used up its tries.
    Exhausted(Reason),
    /// The target does not respond to it, and seems to respond to others.
    Deadly(Reason),
    Stopped(Option<ReplayError>),
}

/// Whose fault a try without a response may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    Target,
    Events,
    /// The target may just be back: another try tells.
    Nobody,
}

impl<T: Target> Sender<T> {
    pub(crate) fn new(
        target: Arc<T>,
        config: &RetryConfig,
        sent_file: Option<SentFile>,
        metrics: Arc<SharedMetrics>,
        notifier: Notifier,
        shutdown: watch::Receiver<ShutdownPhase>,
    ) -> Self {
        let breaker = CircuitBreaker::new(config);
        let budget = RetryBudget::new(config.budget);
        let (refusals, config) = (FirstRefusals::default(), config.clone());
        Self { target, breaker, budget, refusals, config, sent_file, metrics, notifier, shutdown }
    }

    /// Sends one request, again and again until it is settled. `is_first` if these events have not
    /// been sent before, in a larger batch. Events of which the target has said something else than the
    /// result does are added to `singled_out`, by their places.
    pub(super) async fn send(
        &self,
        events: &[ScheduledEvent],
        is_first: bool,
        singled_out: &mut Vec<(usize, Outcome)>,
    ) -> Sent {
        let request = match self.target.request(events) {
            Ok(request) => request,
            Err(error) => {
                let reason = Reason { error: error.to_string(), ..Reason::default() };
                return Sent::Refused { reason, blames_content: false };
            }
        };
        let successes_before = self.breaker.successes();
        let mut tries = Tries { successes_before, ..Tries::default() };
        loop {
            let Some(permit) = self.permit().await else { return Sent::Stopped(None) };
            let now = Instant::now();
            let asked_since = *tries.asked_since.get_or_insert(now);
            if tries.made == 0 && is_first {
                if let Err(error) = self.note_begun(events, now) {
                    return Sent::Stopped(Some(error));
                }
            } else {
                self.metrics.lock().retries += 1;
            }
            tries.made += 1;
            let mut attempt = self.attempt(&request, now).await;
            self.single_out(&mut attempt, tries.made, singled_out);
            let seen = observation(attempt.verdict);
            let (verdict, reason) = (attempt.verdict, reason(attempt, tries.made));
            let transition = self.release(permit, seen);
            let (retry, reason) = match self.retry(verdict, transition, reason) {
                Ok(retry) => retry,
                Err(ended) => return ended,
            };
            tries.lost += u32::from(retry.cause == RetryCause::NoResponse);
            tries.counted += u32::from(!self.is_excused(retry, asked_since));
            let is_batch = events.len() > 1;
            let failed = self.after_failure(retry, &mut tries, is_batch, transition, reason);
            if let Some(ended) = failed.await {
                return ended;
            }
        }
    }

    /// The retry that a verdict asks for, with its reason, or else the end of the request.
    fn retry(
        &self,
        verdict: Verdict,
        transition: Transition,
        reason: Reason,
    ) -> Result<(Retry, Reason), Sent> {
        Err(match verdict {
            Verdict::Retry(retry) => return Ok((retry, reason)),
            Verdict::Accepted => {
                self.tell(transition, &reason);
                Sent::Accepted
            }
            Verdict::Refused { blames_content } => {
                self.tell(transition, &reason);
                Sent::Refused { reason, blames_content }
            }
            Verdict::Closed { advice } => {
                let address = self.target.address();
                let reason = reason.error;
                Sent::Stopped(Some(ReplayError::Closed { address, reason, advice }))
            }
        })
    }

    /// The end of a request whose try has failed; none if it is to be tried again, which is due then.
    async fn after_failure(
        &self,
        retry: Retry,
        tries: &mut Tries,
        is_batch: bool,
        mut transition: Transition,
        reason: Reason,
    ) -> Option<Sent> {
        let is_alone = self.breaker.successes() == tries.successes_before;
        if tries.counted > self.config.retries {
            let blames_target = retry.cause.blames_target() && !retry.cause.has_response();
            if !blames_target || !is_alone {
                let is_deadly = tries.lost > 0;
                return Some(if is_deadly {
                    Sent::Deadly(reason)
                } else {
                    Sent::Exhausted(reason)
                });
            }
            // Nothing else got through meanwhile: it is the target, or the event.
            let blamed = self.breaker.blame_target(tries.successes_before);
            transition = blamed.filter(|_| transition == Transition::None).unwrap_or(transition);
        }
        let is_lost = is_alone && retry.cause == RetryCause::NoResponse;
        let blame = if is_lost {
            self.blame(tries, is_batch, transition, &reason).await
        } else {
            Blame::Target
        };
        match blame {
            Blame::Events => return Some(Sent::Deadly(reason)),
            Blame::Nobody => {}
            Blame::Target => {
                tries.has_witness = false;
                if let Some(error) = self.tell(transition, &reason) {
                    return Some(Sent::Stopped(Some(error)));
                }
            }
        }
        self.wait_before_retry(retry, tries).await
    }

    /// Whose fault it may be that a request got no response, time and again: that of its events, if the
    /// target has answered something else just before, or if they were tried for as long as an outage
    /// may last.
    async fn blame(
        &self,
        tries: &mut Tries,
        is_batch: bool,
        transition: Transition,
        reason: &Reason,
    ) -> Blame {
        if tries.lost <= self.config.retries.min(MOST_LOSSES) {
            return Blame::Target;
        }
        let has_waited = matches!(transition, Transition::GaveUp(waited) if !waited.is_zero());
        let is_suspect = has_waited || tries.has_witness;
        if !is_suspect && !self.target.answers().await {
            return Blame::Target;
        }
        let suspicion = match (is_suspect, is_batch) {
            (false, _) => Suspicion::TriedAgain,
            (true, true) => Suspicion::Halved,
            (true, false) => Suspicion::SetAside,
        };
        let Some(closed) = self.breaker.suspect(suspicion, has_waited) else {
            return Blame::Target;
        };
        // An outage that nobody was told of does not end either.
        if transition != Transition::Opened {
            self.tell(closed, reason);
        }
        tries.has_witness = true;
        if is_suspect { Blame::Events } else { Blame::Nobody }
    }

    /// True if a failed try does not count against the event: the target has asked for a break, has not
    /// looked at the request, or is known to be down.
    fn is_excused(&self, retry: Retry, asked_since: Instant) -> bool {
        if retry.after.is_some() || retry.cause == RetryCause::Unprocessed {
            return asked_since.elapsed() < self.config.outage_limit;
        }
        retry.cause.blames_target() && !retry.cause.has_response() && self.breaker.is_open()
    }

    /// Waits for a permit; `None` if the replay is stopped.
    async fn permit(&self) -> Option<Permit> {
        if *self.shutdown.borrow() != ShutdownPhase::Running {
            return None;
        }
        if let Some(permit) = self.breaker.try_acquire() {
            return Some(permit);
        }
        let mut shutdown = self.shutdown.clone();
        tokio::select! {
            permit = self.breaker.acquire() => Some(permit),
            _ = shutdown.wait_for(|phase| *phase != ShutdownPhase::Running) => None,
        }
    }

    /// Gives a permit back, and has it seen where sending stands now.
    fn release(&self, permit: Permit, seen: Observation) -> Transition {
        let transition = self.breaker.release(permit, seen);
        if permit == Permit::Probe {
            self.metrics.lock().sending = self.breaker.sending();
        }
        transition
    }

    fn note_begun(&self, events: &[ScheduledEvent], now: Instant) -> Result<(), ReplayError> {
        self.budget.deposit();
        if let Some(file) = &self.sent_file {
            file.add(events.iter().map(|event| &**event.body()))?;
        }
        let mut metrics = self.metrics.lock();
        for event in events {
            let lag = event.due.map(|due| now.saturating_duration_since(due));
            metrics.begun(event.event.time, lag);
        }
        Ok(())
    }

    /// One try, begun now.
    async fn attempt(&self, request: &T::Request, begun: Instant) -> Attempt {
        let attempt = self.target.send(request).await;
        let mut metrics = self.metrics.lock();
        metrics.requests += 1;
        metrics.sent_bytes += self.target.request_bytes(request) as u64;
        if attempt.status.is_some() || attempt.verdict == Verdict::Accepted {
            metrics.latency.record(begun.elapsed());
        }
        if let Some(status) = attempt.status {
            *metrics.statuses.entry(status).or_default() += 1;
        }
        if let Some(failure) = &attempt.failure {
            metrics.failed_try(&failure.kind);
        }
        attempt
    }

    /// Takes what became of single events out of a try.
    fn single_out(
        &self,
        attempt: &mut Attempt,
        attempts: u32,
        singled_out: &mut Vec<(usize, Outcome)>,
    ) {
        for (place, result) in attempt.singled_out.drain(..) {
            let outcome = match result {
                EventResult::Accepted => Outcome::Delivered,
                EventResult::Refused { status, failure } => {
                    self.metrics.lock().failed_try(&failure.kind);
                    let AttemptFailure { error, response, .. } = failure;
                    Outcome::GivenUp(Arc::new(Reason { error, status, attempts, response }))
                }
            };
            singled_out.push((place, outcome));
        }
    }

    /// Tells of a change of the target's state, and gives the error if the replay cannot go on.
    fn tell(&self, transition: Transition, reason: &Reason) -> Option<ReplayError> {
        if transition != Transition::None {
            self.metrics.lock().sending = self.breaker.sending();
        }
        match transition {
            Transition::None => None,
            Transition::Opened => {
                self.metrics.lock().outage_began();
                let limit = show_duration(self.config.outage_limit);
                let text = format!(
                    "the target is down ({}): waiting for it, up to {limit}",
                    reason.told()
                );
                self.notifier.sometimes("down", text);
                None
            }
            Transition::Closed(outage) => {
                self.metrics.lock().outage_ended();
                let outage = show_duration(outage);
                self.notifier
                    .sometimes("back", format!("the target is back after {outage}: going on"));
                None
            }
            Transition::GaveUp(waited) => Some(ReplayError::Outage {
                address: self.target.address(),
                reason: reason.told(),
                waited,
                health_check: self.target.health_check(),
            }),
        }
    }

    /// Waits for a backoff with full jitter, or as long as the target asked for, unless that is longer than an
    /// outage may last. Gives how it ends if it does not go on.
    async fn wait_before_retry(&self, retry: Retry, tries: &Tries) -> Option<Sent> {
        if let Some(after) = retry.after {
            let limit = self.config.outage_limit;
            if after > limit {
                let address = self.target.address();
                return Some(Sent::Stopped(Some(ReplayError::LongWait { address, after, limit })));
            }
            let is_news = self.breaker.pause(after);
            self.metrics.lock().sending = self.breaker.sending();
            if is_news {
                let after = show_duration(after);
                self.notifier.repeated(format!("the target asks to wait {after}"));
            }
            return None;
        }
        let is_unprocessed = retry.cause == RetryCause::Unprocessed;
        let step = if is_unprocessed { tries.made } else { tries.counted };
        let doubled = 2_u32.saturating_pow(step.saturating_sub(1));
        let longest = self.config.backoff.saturating_mul(doubled).min(LONGEST_BACKOFF);
        let jitter = longest.mul_f64(SmallRng::from_rng(&mut rand::rng()).random());
        let wait = jitter.max(self.budget.withdraw());
        let mut shutdown = self.shutdown.clone();
        tokio::select! {
            () = tokio::time::sleep(wait) => None,
            _ = shutdown.wait_for(|phase| *phase != ShutdownPhase::Running) => {
                Some(Sent::Stopped(None))
            }
        }
    }
}

fn reason(attempt: Attempt, attempts: u32) -> Reason {
    let (error, response) =
        attempt.failure.map(|failure| (failure.error, failure.response)).unwrap_or_default();
    Reason { error, status: attempt.status, attempts, response }
}

fn observation(verdict: Verdict) -> Observation {
    match verdict {
        Verdict::Retry(retry) if retry.cause.blames_target() => Observation::Down,
        Verdict::Retry(_) | Verdict::Closed { .. } => Observation::Nothing,
        Verdict::Accepted | Verdict::Refused { .. } => Observation::Up,
    }
}
