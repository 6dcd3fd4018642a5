//! Accounts: when users sign up, log in and out, and so on which events they are known.

use crate::behavior::Step;
use crate::event::{Page, event_type};
use crate::random::{Aspect, AspectDraws, Bernoulli, Draws, EventDraws, ParameterError, uniform};
use crate::scenario::{Identity, MOST_DEVICES};

/// The draws of a user's accounts, by a number that no name has as its hash.
const ACCOUNTS: u64 = 1;

/// How users come to be known.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    signed_up: Bernoulli,
    logged_in: Bernoulli,
    sign_up: Bernoulli,
    log_in: Bernoulli,
    log_out: Bernoulli,
}

/// Whether a user has an account, and on which devices it is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountState(u16);

const HAS_ACCOUNT: u16 = 1 << MOST_DEVICES;
const _: () = assert!(MOST_DEVICES < u16::BITS);

/// An event by which a user is known, or no longer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdentityEvent {
    /// The place of its type in `event_type::IDENTITY`.
    pub(crate) kind: u16,
    /// The time from the session's start, at which the session has no other event.
    pub(crate) offset_ms: u64,
    /// The page on which it happens.
    pub(crate) page: Option<Page>,
    /// The steps of the session that are before it.
    steps_before: usize,
}

/// What becomes known in a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownSpan {
    /// The sign-up or log-in, and the log-out.
    events: [Option<IdentityEvent>; 2],
    was_known: bool,
    /// What is so after the session.
    pub(crate) state: AccountState,
}

const SIGNED_UP: u16 = 0;
const LOGGED_IN: u16 = 1;
const LOGGED_OUT: u16 = 2;
const _: () = assert!(event_type::IDENTITY.len() == 3);

impl AccountState {
    pub(crate) const fn of_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    pub(crate) const fn has_account(self) -> bool {
        self.0 & HAS_ACCOUNT != 0
    }

    pub(crate) const fn is_logged_in(self, device: u32) -> bool {
        self.0 & 1 << device != 0
    }
}

impl Accounts {
    pub(super) fn new(identity: &Identity) -> Result<Self, ParameterError> {
        Ok(Self {
            signed_up: Bernoulli::new(identity.signed_up)?,
            logged_in: Bernoulli::new(identity.logged_in)?,
            sign_up: Bernoulli::new(identity.sign_up)?,
            log_in: Bernoulli::new(identity.log_in)?,
            log_out: Bernoulli::new(identity.log_out)?,
        })
    }

    /// What is so at the start of the run for the user whose draws these are.
    pub(crate) fn at_start(&self, user: EventDraws) -> AccountState {
        let draws = user.of(ACCOUNTS);
        if !self.signed_up.sample(draws.at(0)) {
            return AccountState(0);
        }
        let devices = (0..MOST_DEVICES)
            .filter(|device| self.logged_in.sample(draws.at(1 + u64::from(*device))))
            .fold(0, |bits, device| bits | 1 << device);
        AccountState(HAS_ACCOUNT | devices)
    }

    /// What becomes known in a session on a device, whose steps these are.
    pub(crate) fn session(
        &self,
        mut state: AccountState,
        device: u32,
        draws: Draws,
        steps: &[Step],
    ) -> KnownSpan {
        let (log_in, log_out) = (draws.of(Aspect::LogIn), draws.of(Aspect::LogOut));
        let was_known = state.is_logged_in(device);
        let (share, kind) =
            if state.has_account() { (self.log_in, LOGGED_IN) } else { (self.sign_up, SIGNED_UP) };
        let mut events = [None; 2];
        // The first step is the start of the session, on no page yet.
        let mut first_step = 1;
        if !was_known && share.sample(log_in.at(0)) {
            events[0] = IdentityEvent::between(kind, first_step, log_in, steps);
        }
        if let Some(event) = events[0] {
            state.0 |= HAS_ACCOUNT | 1 << device;
            first_step = event.steps_before;
        }
        if state.is_logged_in(device) && self.log_out.sample(log_out.at(0)) {
            events[1] = IdentityEvent::between(LOGGED_OUT, first_step, log_out, steps);
        }
        if events[1].is_some() {
            state.0 &= !(1 << device);
        }
        KnownSpan { events, was_known, state }
    }
}

impl IdentityEvent {
    /// An event at a time of its own between two steps, from the one at `first_step` on; none if there is no
    /// such time.
    fn between(kind: u16, first_step: usize, draws: AspectDraws, steps: &[Step]) -> Option<Self> {
        let gaps =
            steps.get(first_step..)?.windows(2).map(|pair| pair[1].offset_ms - pair[0].offset_ms);
        // Some time has to be left on both sides.
        let wide = gaps.enumerate().filter(|(_, gap_ms)| *gap_ms >= 2);
        let count = wide.clone().count() as u64;
        let chosen = uniform(draws.at(1), 0, count.checked_sub(1)?);
        let (gap, gap_ms) = wide.clone().nth(chosen as usize)?;
        let before = first_step + gap;
        Some(Self {
            kind,
            offset_ms: steps[before].offset_ms + uniform(draws.at(2), 1, gap_ms - 1),
            page: steps[before].content.page,
            steps_before: before + 1,
        })
    }
}

impl KnownSpan {
    /// True if the user is known on the step with this number.
    pub(crate) fn is_known_at(&self, step: usize) -> bool {
        match self.events {
            [_, Some(log_out)] if step >= log_out.steps_before => false,
            [Some(log_in), _] => step >= log_in.steps_before,
            [None, _] => self.was_known,
        }
    }

    /// True if the user is known at a time from the session's start.
    pub(crate) fn is_known_at_ms(&self, offset_ms: u64) -> bool {
        match self.events {
            [_, Some(log_out)] if offset_ms >= log_out.offset_ms => false,
            [Some(log_in), _] => offset_ms >= log_in.offset_ms,
            [None, _] => self.was_known,
        }
    }

    /// The events by which the user is known, or no longer.
    pub(crate) fn events(&self) -> impl Iterator<Item = IdentityEvent> {
        self.events.into_iter().flatten()
    }
}
