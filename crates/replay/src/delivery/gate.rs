//! The gate that every try passes: it closes when the target is down, asks for a break, or when
//! retries would outnumber what the target can be asked to bear.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::super::options::{OnOutage, Options};

/// Tries in a row, over all events, that fail before the target counts as down.
const FAILURES_TO_CLOSE: u32 = 10;

const FIRST_PROBE: Duration = Duration::from_millis(250);
const SLOWEST_PROBE: Duration = Duration::from_secs(5);

/// Retries that are allowed each second however little is sent, and saved up at most.
const RETRIES_A_SECOND: f64 = 10.0;
const RETRIES_SAVED: f64 = 100.0;

/// Leave for one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// The target is up, as far as is known.
    Free,
    /// The target is down; this try finds out whether it still is.
    Probe,
}

/// What a try has shown of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It works.
    Up,
    /// It does not.
    Down,
    /// Nothing.
    Nothing,
}

/// What a try's outcome changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The target went down.
    WentDown,
    /// The target is back after this long.
    CameBack(Duration),
    /// It has been down for longer than is to be waited for.
    GiveUp(Duration),
}

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    opened: Notify,
    on_outage: Option<OnOutage>,
    limit: Duration,
    budget: f64,
}

#[derive(Debug)]
struct State {
    failures_in_a_row: u32,
    successes: u64,
    down: Option<Down>,
    pause_until: Option<Instant>,
    saved_retries: f64,
    refilled: Instant,
}

#[derive(Debug)]
struct Down {
    since: Instant,
    next_probe: Instant,
    probe_wait: Duration,
    is_probing: bool,
}

impl Gate {
    pub(super) fn new(options: &Options) -> Self {
        let state = State {
            failures_in_a_row: 0,
            successes: 0,
            down: None,
            pause_until: None,
            saved_retries: RETRIES_SAVED,
            refilled: Instant::now(),
        };
        Self {
            state: Mutex::new(state),
            opened: Notify::new(),
            on_outage: options.on_outage,
            limit: options.outage_limit,
            budget: options.retry_budget,
        }
    }

    /// Waits until a try may be made.
    pub(super) async fn enter(&self) -> Pass {
        loop {
            let opened = self.opened.notified();
            let wake = match self.try_enter(Instant::now()) {
                Ok(pass) => return pass,
                Err(wake) => wake,
            };
            tokio::select! {
                () = tokio::time::sleep_until(wake.into()) => {}
                () = opened => {}
            }
        }
    }

    /// A pass, or when to ask again.
    fn try_enter(&self, now: Instant) -> Result<Pass, Instant> {
        let mut state = self.lock();
        if let Some(until) = state.pause_until {
            if until > now {
                return Err(until);
            }
            state.pause_until = None;
        }
        let Some(down) = &mut state.down else { return Ok(Pass::Free) };
        if down.is_probing || down.next_probe > now {
            return Err(down.next_probe.max(now + Duration::from_millis(20)));
        }
        down.is_probing = true;
        Ok(Pass::Probe)
    }

    /// A pass without waiting, if there is one.
    pub(super) fn enter_at_once(&self) -> Option<Pass> {
        self.try_enter(Instant::now()).ok()
    }

    /// Whether the target is known to be down.
    pub(super) fn is_down(&self) -> bool {
        self.lock().down.is_some()
    }

    /// How many tries have succeeded so far, over all events.
    pub(super) fn successes(&self) -> u64 {
        self.lock().successes
    }

    /// Tells what a try has shown.
    pub(super) fn leave(&self, pass: Pass, seen: Seen) -> Change {
        let mut state = self.lock();
        match seen {
            Seen::Up => {
                state.successes += 1;
                state.failures_in_a_row = 0;
                // An answer to a request from before the outage says nothing about now, but an
                // answer is what is being waited for.
                let change = match state.down.take() {
                    Some(down) => Change::CameBack(down.since.elapsed()),
                    None => return Change::None,
                };
                drop(state);
                self.opened.notify_waiters();
                change
            }
            Seen::Down => {
                let now = Instant::now();
                state.failures_in_a_row += 1;
                if pass == Pass::Probe {
                    return self.failed_probe(&mut state, now);
                }
                if state.failures_in_a_row >= FAILURES_TO_CLOSE {
                    return self.close(&mut state, now);
                }
                Change::None
            }
            Seen::Nothing => {
                if let (Pass::Probe, Some(down)) = (pass, &mut state.down) {
                    down.is_probing = false;
                }
                Change::None
            }
        }
    }

    /// Closes the gate because an event used up its tries and nothing else got through meanwhile:
    /// then it is the target. Says whether that is so.
    pub(super) fn blame_target(&self, successes_before: u64) -> Option<Change> {
        let mut state = self.lock();
        (state.successes == successes_before).then(|| self.close(&mut state, Instant::now()))
    }

    fn close(&self, state: &mut State, now: Instant) -> Change {
        if state.down.is_some() {
            return Change::None;
        }
        // A target that never answered is more likely a wrong address than an outage.
        let gives_up = match self.on_outage {
            Some(OnOutage::Abort) => true,
            Some(OnOutage::Wait) => false,
            None => state.successes == 0,
        };
        if gives_up || self.limit == Duration::ZERO {
            return Change::GiveUp(Duration::ZERO);
        }
        state.down = Some(Down {
            since: now,
            next_probe: now + FIRST_PROBE,
            probe_wait: FIRST_PROBE,
            is_probing: false,
        });
        Change::WentDown
    }

    fn failed_probe(&self, state: &mut State, now: Instant) -> Change {
        let Some(down) = &mut state.down else { return Change::None };
        down.is_probing = false;
        down.probe_wait = (down.probe_wait * 2).min(SLOWEST_PROBE);
        let waited = now - down.since;
        // The last probe is at the end of what is to be waited for.
        down.next_probe = now + down.probe_wait.min(self.limit.saturating_sub(waited));
        if waited >= self.limit { Change::GiveUp(waited) } else { Change::None }
    }

    /// Lets nothing pass for as long as the target asked. Says whether that is news.
    pub(super) fn pause(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait.min(self.limit);
        let mut state = self.lock();
        let is_news = state.pause_until.is_none();
        state.pause_until = Some(state.pause_until.map_or(until, |paused| paused.max(until)));
        is_news
    }

    /// Counts an event's first try towards the retries that are allowed.
    pub(super) fn first_try(&self) {
        let mut state = self.lock();
        state.saved_retries = (state.saved_retries + self.budget).min(RETRIES_SAVED);
    }

    /// How long a retry has to wait for its turn in the budget.
    pub(super) fn retry_turn(&self) -> Duration {
        let mut state = self.lock();
        let now = Instant::now();
        let refill = (now - state.refilled).as_secs_f64() * RETRIES_A_SECOND;
        state.refilled = now;
        state.saved_retries = (state.saved_retries + refill).min(RETRIES_SAVED) - 1.0;
        Duration::from_secs_f64((-state.saved_retries / RETRIES_A_SECOND).max(0.0))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(on_outage: Option<OnOutage>) -> Gate {
        Gate::new(&Options { on_outage, ..Options::default() })
    }

    fn fail(gate: &Gate, times: u32) -> Vec<Change> {
        (0..times).map(|_| gate.leave(Pass::Free, Seen::Down)).collect()
    }

    #[test]
    fn it_closes_after_failures_in_a_row_and_lets_one_probe_through_at_a_time() {
        let gate = gate(None);
        gate.leave(Pass::Free, Seen::Up);
        fail(&gate, FAILURES_TO_CLOSE - 1);
        gate.leave(Pass::Free, Seen::Up);
        assert!(fail(&gate, FAILURES_TO_CLOSE - 1).iter().all(|change| *change == Change::None));
        assert!(!gate.is_down(), "a success in between starts the count anew");
        assert_eq!(fail(&gate, 1), [Change::WentDown]);

        let now = Instant::now();
        assert!(gate.try_enter(now).is_err(), "not before the probe's time");
        let later = now + FIRST_PROBE;
        assert_eq!(gate.try_enter(later), Ok(Pass::Probe));
        assert!(gate.try_enter(later).is_err(), "one at a time");
        assert_eq!(gate.leave(Pass::Probe, Seen::Down), Change::None);
        assert_eq!(gate.try_enter(later + 2 * FIRST_PROBE), Ok(Pass::Probe));
        assert!(matches!(gate.leave(Pass::Probe, Seen::Up), Change::CameBack(_)));
        assert_eq!(gate.try_enter(later), Ok(Pass::Free));
    }

    #[test]
    fn a_target_that_never_answered_is_given_up_unless_told_to_wait() {
        assert!(fail(&gate(None), 10).contains(&Change::GiveUp(Duration::ZERO)));
        assert!(fail(&gate(Some(OnOutage::Wait)), 10).contains(&Change::WentDown));
        let aborting = gate(Some(OnOutage::Abort));
        aborting.leave(Pass::Free, Seen::Up);
        assert!(fail(&aborting, 10).contains(&Change::GiveUp(Duration::ZERO)));
    }

    #[test]
    fn an_outage_beyond_the_limit_is_given_up() {
        let options = Options {
            on_outage: Some(OnOutage::Wait),
            outage_limit: Duration::from_nanos(1),
            ..Options::default()
        };
        let gate = Gate::new(&options);
        fail(&gate, FAILURES_TO_CLOSE);
        assert_eq!(gate.try_enter(Instant::now() + FIRST_PROBE), Ok(Pass::Probe));
        assert!(matches!(gate.leave(Pass::Probe, Seen::Down), Change::GiveUp(_)));
    }

    #[test]
    fn the_last_probe_is_at_the_end_of_an_outage_s_limit() {
        let limit = Duration::from_millis(400);
        let on_outage = Some(OnOutage::Wait);
        let gate = Gate::new(&Options { on_outage, outage_limit: limit, ..Options::default() });
        fail(&gate, FAILURES_TO_CLOSE);
        let closed = Instant::now();
        assert_eq!(gate.try_enter(closed + FIRST_PROBE), Ok(Pass::Probe));
        gate.leave(Pass::Probe, Seen::Down);
        assert_eq!(gate.try_enter(closed + limit), Ok(Pass::Probe));
    }

    #[test]
    fn retries_beyond_the_budget_wait_their_turn() {
        let gate = gate(None);
        for _ in 0..RETRIES_SAVED as u32 {
            assert_eq!(gate.retry_turn(), Duration::ZERO);
        }
        let waits: Vec<_> = (0..20).map(|_| gate.retry_turn()).collect();
        assert!(waits[19] > Duration::from_secs(1), "{waits:?}");
        for _ in 0..30 {
            gate.first_try();
        }
        assert_eq!(gate.retry_turn(), Duration::ZERO, "new events earn retries");
    }

    #[test]
    fn a_pause_holds_everything() {
        let gate = gate(None);
        assert!(gate.pause(Duration::from_secs(2)));
        assert!(!gate.pause(Duration::from_secs(1)));
        let now = Instant::now();
        assert!(gate.try_enter(now + Duration::from_millis(1_500)).is_err());
        assert_eq!(gate.try_enter(now + Duration::from_millis(2_001)), Ok(Pass::Free));
    }
}
