//! The expected number of sign-ups, log-ins and log-outs.

use crate::behavior::{Planner, Step};
use crate::event::event_type;
use crate::population::{Accounts, KnownSpan, People};
use crate::random::RngStreams;

use super::persona::PersonaPart;

/// The seed of the sample, whatever the scenario's is.
const SAMPLE_SEED: u64 = 0x0acc_0075;
/// Sessions that are planned for the sample, at most.
const MOST_SESSIONS: f64 = 200_000.0;
/// The same, where a per cent is near enough.
const MOST_SESSIONS_FOR_SIZE: f64 = 10_000.0;
const MOST_USERS: f64 = 200_000.0;

/// The draws by which a sampled user has as many sessions as it has, by a number that no name has as its hash.
const VISITS: u64 = 7;

/// The accounts of sampled users.
pub(super) struct SampledAccounts<'m> {
    pub(super) people: &'m People,
    pub(super) accounts: &'m Accounts,
    pub(super) personas: &'m [PersonaPart<'m>],
    pub(super) users: u32,
}

impl SampledAccounts<'_> {
    /// The expected number of each of `event_type::IDENTITY` in a run.
    pub(super) fn expected(&self) -> [f64; event_type::IDENTITY.len()] {
        let mut expected = [0.0; event_type::IDENTITY.len()];
        self.each_session(MOST_SESSIONS, |weight, _, known| {
            for event in known.events() {
                expected[usize::from(event.kind)] += weight;
            }
        });
        expected
    }

    /// The share of the events of a run at which the user is known.
    pub(super) fn known_share(&self) -> f64 {
        let (mut known_events, mut events) = (0.0, 0.0);
        self.each_session(MOST_SESSIONS_FOR_SIZE, |weight, steps, known| {
            let known_steps = (0..steps.len()).filter(|step| known.is_known_at(*step)).count();
            known_events += weight * known_steps as f64;
            events += weight * steps.len() as f64;
        });
        if events > 0.0 { known_events / events } else { 0.0 }
    }

    /// Gives sampled sessions in the order of their users, each with how many of a run it stands for.
    fn each_session(&self, most: f64, mut session: impl FnMut(f64, &[Step], &KnownSpan)) {
        let streams = RngStreams::new(SAMPLE_SEED);
        let people = self.people.clone().with_key(streams.event_key());
        let mut planner = Planner::default();
        for persona in self.personas {
            let Some(starts) = &persona.starts else { continue };
            let per_user = starts.in_all() / f64::from(self.users);
            let sampled = (most / per_user.max(1.0)).clamp(1.0, MOST_USERS) as u32;
            let weight = persona.share * f64::from(self.users) / f64::from(sampled);
            for user in 0..sampled {
                let mut state = self.accounts.at_start(people.user(user));
                for number in 0..starts.of_one(people.user(user).of(VISITS)) {
                    let device = people.device_of(user, u64::from(user) << 24 | u64::from(number));
                    let draws = streams.for_session(user, number);
                    let plan = planner.plan(persona.behavior, draws);
                    let known = self.accounts.session(state, device, draws, plan.steps);
                    session(weight, plan.steps, &known);
                    state = known.state;
                }
            }
        }
    }
}
