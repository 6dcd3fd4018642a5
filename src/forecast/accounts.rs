//! The expected number of sign-ups, log-ins and log-outs.

use crate::behavior::Planner;
use crate::event::event_type;
use crate::population::{Accounts, People};
use crate::random::RngStreams;

use super::persona::PersonaPart;

/// The seed of the sample, whatever the scenario's is.
const SAMPLE_SEED: u64 = 0x0acc_0075;
/// Sessions that are planned for the sample, at most.
const MOST_SESSIONS: f64 = 200_000.0;
const MOST_USERS: f64 = 200_000.0;

/// The draws by which a sampled user has as many sessions as it has, by a number that no name has as its hash.
const VISITS: u64 = 7;

/// The expected number of each of `event_type::IDENTITY` in a run, from sampled users.
pub(super) fn expected(
    people: &People,
    accounts: &Accounts,
    personas: &[PersonaPart<'_>],
    users: u32,
) -> [f64; event_type::IDENTITY.len()] {
    let streams = RngStreams::new(SAMPLE_SEED);
    let people = people.clone().with_key(streams.event_key());
    let mut planner = Planner::default();
    let mut expected = [0.0; event_type::IDENTITY.len()];
    for persona in personas {
        let Some(starts) = &persona.starts else { continue };
        let per_user = starts.in_all() / f64::from(users);
        let sampled = (MOST_SESSIONS / per_user.max(1.0)).clamp(1.0, MOST_USERS) as u32;
        let weight = persona.share * f64::from(users) / f64::from(sampled);
        for user in 0..sampled {
            let mut state = accounts.at_start(people.user(user));
            for session in 0..starts.of_one(people.user(user).of(VISITS)) {
                let device = people.device_of(user, u64::from(user) << 24 | u64::from(session));
                let draws = streams.for_session(user, session);
                let plan = planner.plan(persona.behavior, draws);
                let known = accounts.session(state, device, draws, plan.steps);
                for event in known.events() {
                    expected[usize::from(event.kind)] += weight;
                }
                state = known.state;
            }
        }
    }
    expected
}
