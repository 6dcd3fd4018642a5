//! The population: the users of a run, who they are, and when each of them first comes.

mod accounts;
mod equilibrium;
mod ids;
mod people;

use std::sync::Arc;

use crate::behavior::Behavior;
use crate::millis;
use crate::random::{Aspect, ParameterError, RngStreams, uniform};
use crate::scenario::{AtEnd, FirstStarts, Scenario};
use crate::time::VirtualTime;

use equilibrium::Equilibrium;

pub(crate) use accounts::{AccountState, Accounts, KnownSpan};
pub(crate) use ids::{Ids, MAX_SESSIONS};
pub(crate) use people::{People, device_code};

/// The users of a run, numbered from 0, and the time within which their sessions start.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    pub(crate) users: u32,
    pub(crate) start: VirtualTime,
    /// The time within which users' first sessions start, in milliseconds.
    pub(crate) ramp_up_ms: u64,
    /// The time within which all sessions start, in milliseconds; none is without end.
    pub(crate) duration_ms: Option<u64>,
    /// What becomes of the sessions that are open when it is over.
    pub(crate) at_end: AtEnd,
    /// How first starts are drawn, by behavior, if users do not come within the ramp-up.
    equilibria: Vec<Arc<Equilibrium>>,
}

impl Population {
    /// The population of a scenario whose users behave so.
    pub(crate) fn new(scenario: &Scenario, behaviors: &[Behavior]) -> Result<Self, ParameterError> {
        let simulation = &scenario.simulation;
        let duration_ms = millis::nearest(simulation.duration_seconds).max(1);
        let equilibria = match scenario.distributions.first_starts {
            FirstStarts::RampUp => Vec::new(),
            FirstStarts::Stationary => {
                let equilibria =
                    behaviors.iter().map(|behavior| Equilibrium::new(behavior).map(Arc::new));
                equilibria.collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            users: simulation.num_users,
            start: scenario.start_time,
            ramp_up_ms: millis::nearest(simulation.ramp_up_seconds),
            duration_ms: (simulation.duration_seconds > 0.0).then_some(duration_ms),
            at_end: simulation.at_end,
            equilibria,
        })
    }

    /// How users first come.
    pub(crate) fn first_starts(&self) -> FirstStarts {
        if self.equilibria.is_empty() { FirstStarts::RampUp } else { FirstStarts::Stationary }
    }

    /// The time at which the first session of a user with a behavior starts; none past the end of virtual time.
    pub(crate) fn first_start(
        &self,
        streams: &RngStreams,
        user: u32,
        behavior: usize,
    ) -> Option<VirtualTime> {
        let offset_ms = match (self.equilibria.get(behavior), self.ramp_up_ms) {
            (Some(equilibrium), _) => equilibrium.first_start_ms(streams.for_user(user)),
            (None, 0) => 0,
            (None, ramp_up_ms) => {
                let bits = streams.for_user(user).of(Aspect::FirstStart).at(0);
                uniform(bits, 0, ramp_up_ms - 1)
            }
        };
        self.start.checked_add_millis(offset_ms)
    }

    /// True while sessions start: from the start of the run to its end.
    pub(crate) fn comes_at(&self, time: VirtualTime) -> bool {
        self.duration_ms.is_none_or(|duration_ms| time.millis_since(self.start) < duration_ms)
    }

    /// True if the events of an open session still happen then.
    #[inline]
    pub(crate) fn acts_at(&self, time: VirtualTime) -> bool {
        self.at_end == AtEnd::Finish || self.comes_at(time)
    }
}
