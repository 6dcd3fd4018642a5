//! The sender: brings batches to the target, with retries, and gives the outcome of each event.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event_simulator::quantity::show_duration;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use tokio::sync::watch;

use super::circuit_breaker::{CircuitBreaker, Observation, Permit, Transition};
use super::retry_budget::RetryBudget;
use super::settled_batch::SettledBatch;
use crate::config::RetryConfig;
use crate::error::ReplayError;
use crate::metrics::SharedMetrics;
use crate::observer::Notifier;
use crate::outcome::{Outcome, Reason};
use crate::schedule::{Batch, ScheduledEvent};
use crate::shutdown::ShutdownPhase;
use crate::target::{Attempt, Retry, Target, Verdict};

/// The longest wait before a retry.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Sends batches. One for a replay, shared by all requests.
pub(crate) struct Sender<T> {
    target: T,
    breaker: CircuitBreaker,
    budget: RetryBudget,
    config: RetryConfig,
    metrics: Arc<SharedMetrics>,
    notifier: Notifier,
    shutdown: watch::Receiver<ShutdownPhase>,
}

/// The end of the sending of one request, with its retries.
enum Sent {
    Accepted,
    /// The target will not have it as it is.
    Refused {
        reason: Reason,
        blames_content: bool,
    },
    /// It used up its tries.
    Exhausted(Reason),
    Stopped(Option<ReplayError>),
}

impl<T: Target> Sender<T> {
    pub(crate) fn new(
        target: T,
        config: &RetryConfig,
        metrics: Arc<SharedMetrics>,
        notifier: Notifier,
        shutdown: watch::Receiver<ShutdownPhase>,
    ) -> Self {
        let breaker = CircuitBreaker::new(config);
        let budget = RetryBudget::new(config.budget);
        Self { target, breaker, budget, config: config.clone(), metrics, notifier, shutdown }
    }

    /// Sends a batch, and says what became of each event in it.
    ///
    /// When a batch is refused because of what is in it, its halves are sent, in order, down to the
    /// single events that are at fault.
    pub(super) async fn deliver(&self, batch: Batch) -> SettledBatch {
        let whole = 0..batch.events.len();
        let mut outcomes = vec![Outcome::Unsettled; whole.len()];
        let mut failure = None;
        let mut later: Vec<Range<usize>> = Vec::new();
        let mut next = Some(whole.clone());
        while let Some(range) = next.take().or_else(|| later.pop()) {
            let events = &batch.events[range.clone()];
            let is_first = range == whole;
            match self.send(events, is_first).await {
                Sent::Accepted => outcomes[range].fill(Outcome::Delivered),
                Sent::Refused { blames_content: true, .. } if events.len() > 1 => {
                    let middle = range.start + events.len() / 2;
                    later.push(middle..range.end);
                    next = Some(range.start..middle);
                }
                Sent::Refused { reason, .. } | Sent::Exhausted(reason) => {
                    outcomes[range].fill(Outcome::GivenUp(Arc::new(reason)));
                }
                Sent::Stopped(error) => {
                    failure = error;
                    break;
                }
            }
        }
        SettledBatch { batch, outcomes, at: Instant::now(), failure }
    }

    /// Sends one request, again and again until it is settled. `is_first` if these events have not
    /// been sent before, in a larger batch.
    async fn send(&self, events: &[ScheduledEvent], is_first: bool) -> Sent {
        let request = match self.target.request(events) {
            Ok(request) => request,
            Err(error) => {
                let reason = Reason { error: error.to_string(), ..Reason::default() };
                return Sent::Refused { reason, blames_content: false };
            }
        };
        let successes_before = self.breaker.successes();
        let mut asked_since = None;
        let mut counted = 0;
        let mut attempts = 0;
        loop {
            let Some(permit) = self.permit().await else { return Sent::Stopped(None) };
            let now = Instant::now();
            let asked_since = *asked_since.get_or_insert(now);
            if attempts == 0 && is_first {
                self.note_begun(events, now);
            } else {
                self.metrics.lock().retries += 1;
            }
            attempts += 1;
            let attempt = self.attempt(&request, now).await;
            let seen = observation(attempt.verdict);
            let (verdict, reason) = (attempt.verdict, reason(attempt, attempts));
            if let Some(error) = self.tell(self.breaker.release(permit, seen), &reason) {
                return Sent::Stopped(Some(error));
            }
            let retry = match verdict {
                Verdict::Accepted => return Sent::Accepted,
                Verdict::Refused { blames_content } => {
                    return Sent::Refused { reason, blames_content };
                }
                Verdict::Retry(retry) => retry,
            };
            if !self.is_excused(retry, asked_since) {
                counted += 1;
            }
            if counted > self.config.retries {
                let blamed = retry.blames_target && !retry.responded;
                match blamed.then(|| self.breaker.blame_target(successes_before)).flatten() {
                    None => return Sent::Exhausted(reason),
                    Some(transition) => {
                        if let Some(error) = self.tell(transition, &reason) {
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

    /// True if a failed try does not count against the event: the target has asked for a break, or
    /// is known to be down.
    fn is_excused(&self, retry: Retry, asked_since: Instant) -> bool {
        if retry.after.is_some() {
            return asked_since.elapsed() < self.config.outage_limit;
        }
        retry.blames_target && !retry.responded && self.breaker.is_open()
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

    fn note_begun(&self, events: &[ScheduledEvent], now: Instant) {
        self.budget.deposit();
        let mut metrics = self.metrics.lock();
        for event in events {
            let lag = event.due.map(|due| now.saturating_duration_since(due));
            metrics.begun(event.event.time, lag);
        }
    }

    /// One try, begun now.
    async fn attempt(&self, request: &T::Request, begun: Instant) -> Attempt {
        let attempt = self.target.send(request).await;
        let mut metrics = self.metrics.lock();
        metrics.requests += 1;
        metrics.sent_bytes += self.target.request_bytes(request) as u64;
        if let Some(status) = attempt.status {
            metrics.latency.record(begun.elapsed());
            *metrics.statuses.entry(status).or_default() += 1;
        }
        if let Some(failure) = &attempt.failure {
            metrics.failed_try(&failure.kind);
        }
        attempt
    }

    /// Tells of a change of the target's state, and gives the error if the replay cannot go on.
    fn tell(&self, transition: Transition, reason: &Reason) -> Option<ReplayError> {
        match transition {
            Transition::None => None,
            Transition::Opened => {
                self.metrics.lock().outages += 1;
                let limit = show_duration(self.config.outage_limit);
                self.notifier.notice(format!(
                    "the target is down ({}): waiting for it, up to {limit}",
                    reason.error
                ));
                None
            }
            Transition::Closed(outage) => {
                let outage = show_duration(outage);
                self.notifier.notice(format!("the target is back after {outage}: going on"));
                None
            }
            Transition::GaveUp(waited) => Some(ReplayError::Outage {
                address: self.target.address(),
                reason: reason.error.clone(),
                waited,
                health_check: self.target.health_check(),
            }),
        }
    }

    /// Waits for a backoff with full jitter, or as long as the target asked for, and tells whether to
    /// go on.
    async fn wait_before_retry(&self, retry: Retry, counted: u32) -> bool {
        if let Some(after) = retry.after {
            if self.breaker.pause(after) {
                let after = show_duration(after);
                self.notifier.notice(format!("the target asks to wait {after}"));
            }
            return true;
        }
        let doubled = 2_u32.saturating_pow(counted.saturating_sub(1));
        let longest = self.config.backoff.saturating_mul(doubled).min(LONGEST_BACKOFF);
        let jitter = longest.mul_f64(SmallRng::from_rng(&mut rand::rng()).random());
        let wait = jitter.max(self.budget.withdraw());
        let mut shutdown = self.shutdown.clone();
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = shutdown.wait_for(|phase| *phase != ShutdownPhase::Running) => false,
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
        Verdict::Retry(retry) if retry.blames_target => Observation::Down,
        Verdict::Retry(_) => Observation::Nothing,
        Verdict::Accepted | Verdict::Refused { .. } => Observation::Up,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shutdown::Shutdown;
    use crate::source::SourceEvent;
    use crate::target::AttemptFailure;
    use bytes::Bytes;
    use std::io;
    use std::sync::Mutex;

    /// A target that refuses events with an `x` in them, and keeps what it takes.
    #[derive(Clone, Default)]
    struct Picky {
        taken: Arc<Mutex<Vec<Vec<u8>>>>,
        verdict: Option<Verdict>,
    }

    impl Target for Picky {
        type Request = Vec<u8>;

        fn request(&self, events: &[ScheduledEvent]) -> io::Result<Vec<u8>> {
            Ok(events.iter().flat_map(|event| event.body().to_vec()).collect())
        }

        fn request_bytes(&self, request: &Vec<u8>) -> usize {
            request.len()
        }

        async fn send(&self, request: &Vec<u8>) -> Attempt {
            let refused = Verdict::Refused { blames_content: true };
            let judged = if request.contains(&b'x') { refused } else { Verdict::Accepted };
            let verdict = self.verdict.unwrap_or(judged);
            if verdict == Verdict::Accepted {
                self.taken.lock().unwrap().push(request.clone());
            }
            let failure = (verdict != Verdict::Accepted).then(|| AttemptFailure {
                kind: "no".into(),
                error: "no".to_owned(),
                response: None,
            });
            Attempt { verdict, status: None, failure }
        }

        fn address(&self) -> String {
            "picky".to_owned()
        }

        fn health_check(&self) -> String {
            String::new()
        }

        fn shown_request(&self, _: &[ScheduledEvent]) -> String {
            String::new()
        }
    }

    fn deliver(target: &Picky, config: &RetryConfig, bodies: &str) -> (SettledBatch, u64) {
        let metrics = Arc::new(SharedMetrics::default());
        let (notifier, _messages) = Notifier::new(false);
        let shutdown = Shutdown::new();
        let target = target.clone();
        let sender =
            Sender::new(target, config, Arc::clone(&metrics), notifier, shutdown.subscribe());
        let event = |(position, body): (usize, u8)| {
            let body = Bytes::copy_from_slice(&[body]);
            ScheduledEvent::new(SourceEvent::new(position as u64 + 1, None, None, body), None)
        };
        let events = bodies.bytes().enumerate().map(event).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let settled = runtime.block_on(sender.deliver(Batch { lane: None, events }));
        let requests = metrics.lock().requests;
        (settled, requests)
    }

    fn outcomes(settled: &SettledBatch) -> String {
        let letter = |outcome: &Outcome| match outcome {
            Outcome::Delivered => 'd',
            Outcome::GivenUp(_) => 'g',
            Outcome::Unsettled => 'u',
        };
        settled.outcomes.iter().map(letter).collect()
    }

    #[test]
    fn only_what_is_at_fault_is_given_up_and_the_rest_goes_in_order() {
        for (bodies, expected) in
            [("abc", "ddd"), ("x", "g"), ("abxcdefx", "ddgddddg"), ("xx", "gg")]
        {
            let target = Picky::default();
            let (settled, _) = deliver(&target, &RetryConfig::default(), bodies);
            assert_eq!(outcomes(&settled), expected, "{bodies}");
            let taken = target.taken.lock().unwrap().concat();
            assert_eq!(String::from_utf8(taken).unwrap(), bodies.replace('x', ""));
        }
    }

    #[test]
    fn what_is_no_fault_of_the_content_is_given_up_whole() {
        let target =
            Picky { verdict: Some(Verdict::Refused { blames_content: false }), ..Picky::default() };
        let (settled, requests) = deliver(&target, &RetryConfig::default(), "abc");
        assert_eq!((outcomes(&settled).as_str(), requests), ("ggg", 1));
    }

    #[test]
    fn tries_are_counted() {
        let retry = Retry { after: None, blames_target: false, responded: true };
        let target = Picky { verdict: Some(Verdict::Retry(retry)), ..Picky::default() };
        let config = RetryConfig { retries: 2, backoff: Duration::ZERO, ..RetryConfig::default() };
        let (settled, requests) = deliver(&target, &config, "abc");
        assert_eq!((outcomes(&settled).as_str(), requests), ("ggg", 3));
        let Outcome::GivenUp(reason) = &settled.outcomes[0] else { panic!() };
        assert_eq!((reason.attempts, reason.error.as_str()), (3, "no"));
    }

    #[test]
    fn a_target_that_never_responded_ends_the_replay() {
        let retry = Retry { after: None, blames_target: true, responded: false };
        let target = Picky { verdict: Some(Verdict::Retry(retry)), ..Picky::default() };
        let config = RetryConfig { backoff: Duration::ZERO, ..RetryConfig::default() };
        let (settled, _) = deliver(&target, &config, "a");
        assert_eq!(outcomes(&settled), "u");
        let failure = settled.failure.unwrap();
        assert!(matches!(failure, ReplayError::Outage { address, .. } if address == "picky"));
    }
}
