//! The circuit breaker that every try passes: it opens when the target is down, and holds all tries
//! back when the target asks for a break.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::{OnOutage, RetryConfig};
use crate::metrics::SendingState;

/// Tries in a row, over all events, that fail before the target counts as down.
const FAILURES_TO_OPEN: u32 = 10;

/// Events that may be set aside one after the other because the target does not survive them. If it
/// survives none, it is the target.
const MOST_SUSPECTS: u32 = 3;

const FIRST_PROBE: Duration = Duration::from_millis(250);
const SLOWEST_PROBE: Duration = Duration::from_secs(5);

/// Leave for one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// The target is up, as far as is known.
    Normal,
    /// The target is down; this try finds out whether it still is.
    Probe,
}

/// The target's state, as a try has shown it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Observation {
    /// It works.
    Up,
    /// It does not.
    Down,
    /// Nothing.
    Nothing,
}

/// The change that a try has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    /// Nothing.
    None,
    /// The target went down.
    Opened,
    /// The target is back after this long.
    Closed(Duration),
    /// The target has been down for longer than is to be waited for.
    GaveUp(Duration),
}

/// What becomes of events that the target may not survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// They are tried once more.
    TriedAgain,
    /// They are sent in two halves.
    Halved,
    /// They are given up.
    SetAside,
}

/// One breaker for all requests.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    state: Mutex<State>,
    closed: Notify,
    on_outage: Option<OnOutage>,
    limit: Duration,
}

#[derive(Debug, Default)]
struct State {
    failures_in_a_row: u32,
    successes: u64,
    /// While the breaker is open.
    outage: Option<Outage>,
    pause_until: Option<Instant>,
    /// True if an outage went on for as long as is to be waited for, and nothing succeeded since.
    has_waited: bool,
    /// Events that were set aside, one after the other, because they might be what brings the target
    /// down.
    suspects: u32,
}

/// An outage that goes on.
#[derive(Debug)]
struct Outage {
    since: Instant,
    next_probe: Instant,
    probe_wait: Duration,
    is_probing: bool,
}

impl CircuitBreaker {
    pub(super) fn new(config: &RetryConfig) -> Self {
        Self {
            state: Mutex::default(),
            closed: Notify::new(),
            on_outage: config.on_outage,
            limit: config.outage_limit,
        }
    }

    /// Waits until a try may be made.
    pub(super) async fn acquire(&self) -> Permit {
        loop {
            let closed = self.closed.notified();
            let wake = match self.permit_at(Instant::now()) {
                Ok(permit) => return permit,
                Err(wake) => wake,
            };
            tokio::select! {
                () = tokio::time::sleep_until(wake.into()) => {}
                () = closed => {}
            }
        }
    }

    /// A permit without waiting, if there is one.
    pub(super) fn try_acquire(&self) -> Option<Permit> {
        self.permit_at(Instant::now()).ok()
    }

    /// A permit, or when to ask again.
    fn permit_at(&self, now: Instant) -> Result<Permit, Instant> {
        let mut state = self.lock();
        if let Some(until) = state.pause_until {
            if until > now {
                return Err(until);
            }
            state.pause_until = None;
        }
        let Some(outage) = &mut state.outage else { return Ok(Permit::Normal) };
        if outage.is_probing || outage.next_probe > now {
            return Err(outage.next_probe.max(now + Duration::from_millis(20)));
        }
        outage.is_probing = true;
        Ok(Permit::Probe)
    }

    /// The state of sending at the moment.
    pub(super) fn sending(&self) -> SendingState {
        let state = self.lock();
        match (&state.outage, state.pause_until) {
            (Some(Outage { since, next_probe, .. }), _) => {
                SendingState::Outage { since: *since, next_probe: *next_probe }
            }
            (None, Some(until)) => SendingState::Paused { until },
            (None, None) => SendingState::Sending,
        }
    }

    /// True if the target is known to be down.
    pub(super) fn is_open(&self) -> bool {
        self.lock().outage.is_some()
    }

    /// The number of tries that have succeeded so far, over all events.
    pub(super) fn successes(&self) -> u64 {
        self.lock().successes
    }

    /// Gives a permit back, with what its try has shown.
    pub(super) fn release(&self, permit: Permit, seen: Observation) -> Transition {
        let mut state = self.lock();
        match seen {
            Observation::Up => {
                state.successes += 1;
                state.failures_in_a_row = 0;
                state.has_waited = false;
                state.suspects = 0;
                // A response to a request from before the outage says nothing about now, but a
                // response is what is being waited for.
                let Some(outage) = state.outage.take() else { return Transition::None };
                drop(state);
                self.closed.notify_waiters();
                Transition::Closed(outage.since.elapsed())
            }
            Observation::Down => {
                let now = Instant::now();
                state.failures_in_a_row += 1;
                if permit == Permit::Probe {
                    return self.failed_probe(&mut state, now);
                }
                if state.failures_in_a_row >= FAILURES_TO_OPEN {
                    return self.open(&mut state, now);
                }
                Transition::None
            }
            Observation::Nothing => {
                if let (Permit::Probe, Some(outage)) = (permit, &mut state.outage) {
                    outage.is_probing = false;
                }
                Transition::None
            }
        }
    }

    /// Opens because an event used up its tries and nothing else got through meanwhile: then it is the
    /// target. `None` if something did get through.
    pub(super) fn blame_target(&self, successes_before: u64) -> Option<Transition> {
        let mut state = self.lock();
        (state.successes == successes_before).then(|| self.open(&mut state, Instant::now()))
    }

    /// Suspects events instead of the target, and lets the others go on; `None` if too many were set aside
    /// already. `has_waited` if they have been tried for as long as an outage may last.
    pub(super) fn suspect(&self, suspicion: Suspicion, has_waited: bool) -> Option<Transition> {
        let mut state = self.lock();
        let most = if has_waited { 1 } else { MOST_SUSPECTS };
        if suspicion != Suspicion::Halved && state.suspects >= most {
            return None;
        }
        state.suspects += u32::from(suspicion == Suspicion::SetAside);
        state.has_waited |= has_waited;
        state.failures_in_a_row = 0;
        let Some(outage) = state.outage.take() else { return Some(Transition::None) };
        drop(state);
        self.closed.notify_waiters();
        Some(Transition::Closed(outage.since.elapsed()))
    }

    fn open(&self, state: &mut State, now: Instant) -> Transition {
        if state.outage.is_some() {
            return Transition::None;
        }
        // A target that never responded is more likely a wrong address than an outage.
        let gives_up = match self.on_outage {
            Some(OnOutage::Abort) => true,
            Some(OnOutage::Wait) => false,
            None => state.successes == 0,
        };
        if gives_up || self.limit == Duration::ZERO {
            return Transition::GaveUp(Duration::ZERO);
        }
        if state.has_waited {
            return Transition::GaveUp(self.limit);
        }
        state.outage = Some(Outage {
            since: now,
            next_probe: now + FIRST_PROBE,
            probe_wait: FIRST_PROBE,
            is_probing: false,
        });
        Transition::Opened
    }

    fn failed_probe(&self, state: &mut State, now: Instant) -> Transition {
        // The breaker may have closed by another try meanwhile.
        let Some(outage) = &mut state.outage else { return Transition::None };
        outage.is_probing = false;
        outage.probe_wait = (outage.probe_wait * 2).min(SLOWEST_PROBE);
        let waited = now - outage.since;
        // The last probe is at the end of what is to be waited for.
        outage.next_probe = now + outage.probe_wait.min(self.limit.saturating_sub(waited));
        if waited >= self.limit { Transition::GaveUp(waited) } else { Transition::None }
    }

    /// Holds everything back for as long as the target asked, and tells whether that is news.
    pub(super) fn pause(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait.min(self.limit);
        let mut state = self.lock();
        let is_news = state.pause_until.is_none();
        state.pause_until = Some(state.pause_until.map_or(until, |paused| paused.max(until)));
        is_news
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Suspicion::{Halved, SetAside, TriedAgain};

    fn breaker(on_outage: Option<OnOutage>) -> CircuitBreaker {
        CircuitBreaker::new(&RetryConfig { on_outage, ..RetryConfig::default() })
    }

    fn fail(breaker: &CircuitBreaker, times: u32) -> Vec<Transition> {
        (0..times).map(|_| breaker.release(Permit::Normal, Observation::Down)).collect()
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_probe_through_at_a_time() {
        let breaker = breaker(None);
        breaker.release(Permit::Normal, Observation::Up);
        fail(&breaker, FAILURES_TO_OPEN - 1);
        breaker.release(Permit::Normal, Observation::Up);
        let transitions = fail(&breaker, FAILURES_TO_OPEN - 1);
        assert!(transitions.iter().all(|transition| *transition == Transition::None));
        assert!(!breaker.is_open(), "a success in between starts the count anew");
        assert_eq!(fail(&breaker, 1), [Transition::Opened]);

        let now = Instant::now();
        assert!(breaker.permit_at(now).is_err(), "not before the probe's time");
        let later = now + FIRST_PROBE;
        assert_eq!(breaker.permit_at(later), Ok(Permit::Probe));
        assert!(breaker.permit_at(later).is_err(), "one at a time");
        assert_eq!(breaker.release(Permit::Probe, Observation::Down), Transition::None);
        assert_eq!(breaker.permit_at(later + 2 * FIRST_PROBE), Ok(Permit::Probe));
        let closed = breaker.release(Permit::Probe, Observation::Up);
        assert!(matches!(closed, Transition::Closed(_)));
        assert_eq!(breaker.permit_at(later), Ok(Permit::Normal));
    }

    #[test]
    fn a_target_that_never_responded_is_given_up_unless_told_to_wait() {
        assert!(fail(&breaker(None), 10).contains(&Transition::GaveUp(Duration::ZERO)));
        assert!(fail(&breaker(Some(OnOutage::Wait)), 10).contains(&Transition::Opened));
        let aborting = breaker(Some(OnOutage::Abort));
        aborting.release(Permit::Normal, Observation::Up);
        assert!(fail(&aborting, 10).contains(&Transition::GaveUp(Duration::ZERO)));
    }

    fn waiting(outage_limit: Duration) -> CircuitBreaker {
        let on_outage = Some(OnOutage::Wait);
        CircuitBreaker::new(&RetryConfig { on_outage, outage_limit, ..RetryConfig::default() })
    }

    #[test]
    fn an_outage_beyond_the_limit_is_given_up() {
        let breaker = waiting(Duration::from_nanos(1));
        fail(&breaker, FAILURES_TO_OPEN);
        assert_eq!(breaker.permit_at(Instant::now() + FIRST_PROBE), Ok(Permit::Probe));
        let given_up = breaker.release(Permit::Probe, Observation::Down);
        assert!(matches!(given_up, Transition::GaveUp(_)));
    }

    #[test]
    fn the_last_probe_is_at_the_end_of_an_outage_s_limit() {
        let limit = Duration::from_millis(400);
        let breaker = waiting(limit);
        fail(&breaker, FAILURES_TO_OPEN);
        let opened = Instant::now();
        assert_eq!(breaker.permit_at(opened + FIRST_PROBE), Ok(Permit::Probe));
        breaker.release(Permit::Probe, Observation::Down);
        assert_eq!(breaker.permit_at(opened + limit), Ok(Permit::Probe));
    }

    #[test]
    fn few_events_are_suspected_one_after_the_other_and_batches_always() {
        let breaker = breaker(Some(OnOutage::Wait));
        fail(&breaker, FAILURES_TO_OPEN);
        assert!(matches!(breaker.suspect(TriedAgain, false), Some(Transition::Closed(_))));
        assert!(!breaker.is_open());
        for _ in 0..MOST_SUSPECTS {
            assert_eq!(breaker.suspect(SetAside, false), Some(Transition::None));
        }
        assert_eq!(breaker.suspect(SetAside, false), None);
        assert_eq!(breaker.suspect(TriedAgain, false), None);
        assert_eq!(breaker.suspect(Halved, false), Some(Transition::None));
        breaker.release(Permit::Normal, Observation::Up);
        assert_eq!(breaker.suspect(SetAside, true), Some(Transition::None));
        assert_eq!(breaker.suspect(SetAside, true), None, "a whole outage is waited for once");
        let again = fail(&breaker, FAILURES_TO_OPEN);
        assert!(matches!(again[FAILURES_TO_OPEN as usize - 1], Transition::GaveUp(_)));
    }

    #[test]
    fn a_pause_holds_everything() {
        let breaker = breaker(None);
        assert!(breaker.pause(Duration::from_secs(2)));
        assert!(!breaker.pause(Duration::from_secs(1)));
        let now = Instant::now();
        assert!(breaker.permit_at(now + Duration::from_millis(1_500)).is_err());
        assert_eq!(breaker.permit_at(now + Duration::from_millis(2_001)), Ok(Permit::Normal));
    }
}
