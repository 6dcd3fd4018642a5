//! The population: the users of a run, and when each of them first comes.

mod ids;

use crate::millis;
use crate::random::RngStreams;
use crate::scenario::{AtEnd, Scenario};
use crate::time::VirtualTime;

pub(crate) use ids::{Ids, MAX_SESSIONS};

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
}

impl Population {
    /// The population of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let simulation = &scenario.simulation;
        let duration_ms = millis::nearest(simulation.duration_seconds).max(1);
        Self {
            users: simulation.num_users,
            start: scenario.start_time,
            ramp_up_ms: millis::nearest(simulation.ramp_up_seconds),
            duration_ms: (simulation.duration_seconds > 0.0).then_some(duration_ms),
            at_end: simulation.at_end,
        }
    }

    /// The time at which a user's first session starts; none past the end of virtual time.
    pub(crate) fn first_start(&self, streams: &RngStreams, user: u32) -> Option<VirtualTime> {
        let offset_ms = match self.ramp_up_ms {
            0 => 0,
            ramp_up_ms => streams.for_user(user).between(0, ramp_up_ms - 1),
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
