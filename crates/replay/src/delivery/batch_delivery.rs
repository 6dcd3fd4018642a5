//! The delivery of a batch: what becomes of each event in it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::refusals::advice;
use super::sender::{Sender, Sent};
use super::settled_batch::SettledBatch;
use crate::error::ReplayError;
use crate::outcome::{Outcome, in_a_line};
use crate::schedule::{Batch, ScheduledEvent};
use crate::target::Target;

impl<T: Target> Sender<T> {
    /// Sends a batch, and says what became of each event in it.
    ///
    /// When a batch is refused because of what is in it, or the target does not survive it, its halves
    /// are sent, in order, down to the single events that are at fault.
    pub(super) async fn deliver(&self, batch: Batch) -> SettledBatch {
        let whole = 0..batch.events.len();
        let mut outcomes = vec![Outcome::Unsettled; whole.len()];
        let mut failure = None;
        let mut later: Vec<Range<usize>> = Vec::new();
        let mut next = Some(whole.clone());
        while let Some(range) = next.take().or_else(|| later.pop()) {
            let events = &batch.events[range.clone()];
            let is_first = range == whole;
            let mut singled_out = Vec::new();
            let sent = self.send(events, is_first, &mut singled_out).await;
            if is_first {
                failure = self.hopeless(&sent, events);
            }
            match sent {
                Sent::Accepted => outcomes[range.clone()].fill(Outcome::Delivered),
                Sent::Refused { blames_content: true, .. } | Sent::Deadly(_)
                    if events.len() > 1 && failure.is_none() =>
                {
                    let middle = range.start + events.len() / 2;
                    later.push(middle..range.end);
                    next = Some(range.start..middle);
                }
                Sent::Refused { reason, .. } | Sent::Exhausted(reason) | Sent::Deadly(reason) => {
                    if reason.response.is_some() && failure.is_none() {
                        self.notifier.once(&reason.error, format!("given up: {}", reason.told()));
                    }
                    outcomes[range.clone()].fill(Outcome::GivenUp(Arc::new(reason)));
                }
                Sent::Stopped(error) => {
                    failure = error;
                    later.clear();
                }
            }
            for (place, outcome) in singled_out {
                // A target may name places that there are none of.
                if let Some(slot) = outcomes[range.clone()].get_mut(place) {
                    *slot = outcome;
                }
            }
        }
        SettledBatch { batch, outcomes, at: Instant::now(), failure }
    }

    /// The error if the target has refused everything from the first request on.
    fn hopeless(&self, sent: &Sent, events: &[ScheduledEvent]) -> Option<ReplayError> {
        let (reason, blames_content) = match sent {
            Sent::Accepted => {
                self.refusals.accepted();
                return None;
            }
            Sent::Refused { reason, blames_content } => (reason, *blames_content),
            Sent::Exhausted(reason) => (reason, false),
            Sent::Deadly(_) | Sent::Stopped(_) => return None,
        };
        let status = reason.status?;
        let requests = self.refusals.refused(status, blames_content)?;
        Some(ReplayError::Refused {
            requests,
            tried: self.target.tried(),
            reason: reason.error.clone(),
            response: reason.response.as_deref().map(in_a_line),
            advice: advice(status),
            again: events.get(..1).and_then(|first| self.target.curl(first)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{OnOutage, RetryConfig};
    use crate::metrics::SharedMetrics;
    use crate::notifier::Notifier;
    use crate::shutdown::Shutdown;
    use crate::source::SourceEvent;
    use crate::target::{Attempt, AttemptFailure, Retry, RetryCause, Verdict};
    use bytes::Bytes;
    use std::io;
    use std::sync::Mutex;
    use std::time::Duration;

    /// A target that refuses events with an `x` in them, and keeps what it takes.
    #[derive(Clone, Default)]
    struct Picky {
        taken: Arc<Mutex<Vec<Vec<u8>>>>,
        verdict: Option<Verdict>,
        /// The cause why it does not respond to what it would refuse.
        cause: Option<RetryCause>,
        answers: bool,
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
            let refused = match self.cause {
                Some(cause) => Verdict::Retry(Retry { after: None, cause }),
                None => Verdict::Refused { blames_content: true },
            };
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
            let status = matches!(verdict, Verdict::Refused { .. }).then_some(404);
            Attempt { verdict, status, failure, singled_out: Vec::new() }
        }

        fn address(&self) -> String {
            "picky".to_owned()
        }

        fn address_digest(&self) -> String {
            String::new()
        }

        async fn answers(&self) -> bool {
            self.answers
        }

        fn tried(&self) -> String {
            "POST picky".to_owned()
        }

        fn health_check(&self) -> String {
            String::new()
        }

        fn shown_request(&self, _: &[ScheduledEvent]) -> String {
            String::new()
        }
    }

    fn sender(
        target: &Picky,
        config: &RetryConfig,
        metrics: &Arc<SharedMetrics>,
        shutdown: &Shutdown,
    ) -> Sender<Picky> {
        let (notifier, _messages) = Notifier::new(false);
        let metrics = Arc::clone(metrics);
        Sender::new(Arc::new(target.clone()), config, None, metrics, notifier, shutdown.subscribe())
    }

    fn batch(bodies: &str) -> Batch {
        let event = |(position, body): (usize, u8)| {
            let body = Bytes::copy_from_slice(&[body]);
            ScheduledEvent::new(SourceEvent::new(position as u64 + 1, None, None, body), None)
        };
        Batch { lane: None, events: bodies.bytes().enumerate().map(event).collect() }
    }

    fn deliver(target: &Picky, config: &RetryConfig, bodies: &str) -> (SettledBatch, u64) {
        let (metrics, shutdown) = (Arc::default(), Shutdown::new());
        let sender = sender(target, config, &metrics, &shutdown);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let settled = runtime.block_on(sender.deliver(batch(bodies)));
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
        let retry = Retry { after: None, cause: RetryCause::Busy };
        let target = Picky { verdict: Some(Verdict::Retry(retry)), ..Picky::default() };
        let config = RetryConfig { retries: 2, backoff: Duration::ZERO, ..RetryConfig::default() };
        let (settled, requests) = deliver(&target, &config, "abc");
        assert_eq!((outcomes(&settled).as_str(), requests), ("ggg", 3));
        let Outcome::GivenUp(reason) = &settled.outcomes[0] else { panic!() };
        assert_eq!((reason.attempts, reason.error.as_str()), (3, "no"));
    }

    #[test]
    fn a_target_that_never_responded_ends_the_replay() {
        let retry = Retry { after: None, cause: RetryCause::Unreachable };
        let target = Picky { verdict: Some(Verdict::Retry(retry)), ..Picky::default() };
        let config = RetryConfig { backoff: Duration::ZERO, ..RetryConfig::default() };
        let (settled, _) = deliver(&target, &config, "a");
        assert_eq!(outcomes(&settled), "u");
        let failure = settled.failure.unwrap();
        assert!(matches!(failure, ReplayError::Outage { address, .. } if address == "picky"));
    }
    /// Without an answer to anything else, only the whole time of an outage tells.
    #[test]
    fn what_the_target_does_not_survive_is_set_aside_and_the_rest_goes() {
        for (bodies, expected, answers) in [
            ("axb", "dgd", true),
            ("x", "g", true),
            ("xabcdefx", "gddddddg", true),
            ("xxxx", "gggu", true),
            ("axb", "dgd", false),
            ("x", "g", false),
            ("xx", "gu", false),
        ] {
            let target = Picky { cause: Some(RetryCause::NoResponse), answers, ..Picky::default() };
            let config = RetryConfig {
                backoff: Duration::ZERO,
                retries: 1,
                on_outage: Some(OnOutage::Wait),
                outage_limit: Duration::from_millis(100),
                ..RetryConfig::default()
            };
            let (settled, _) = deliver(&target, &config, bodies);
            assert_eq!(outcomes(&settled), expected, "{bodies} {answers}");
            assert_eq!(settled.failure.is_some(), expected.contains('u'));
        }
    }

    #[test]
    fn equal_refusals_from_the_first_request_on_stop_the_replay() {
        let target =
            Picky { verdict: Some(Verdict::Refused { blames_content: false }), ..Picky::default() };
        let (config, shutdown) = (RetryConfig::default(), Shutdown::new());
        let sender = sender(&target, &config, &Arc::default(), &shutdown);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let failures = (0..30).filter_map(|_| runtime.block_on(sender.deliver(batch("a"))).failure);
        let first = failures.map(|error| error.to_string()).next().unwrap();
        assert!(first.contains("POST picky") && first.contains("path"), "{first}");
    }
}
