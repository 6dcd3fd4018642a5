//! The population: the users of a run, who they are, and when each of them first comes.

mod accounts;
mod equilibrium;
mod ids;
mod people;
mod traffic;

use std::sync::Arc;

use crate::behavior::Behavior;
use crate::millis;
use crate::random::{Aspect, EventDraws, ParameterError, RngStreams, uniform};
use crate::scenario::{AtEnd, FirstStarts, Scenario};
use crate::time::VirtualTime;

use equilibrium::Equilibrium;

pub(crate) use accounts::{AccountState, Accounts, KnownSpan};
pub(crate) use ids::{Ids, MAX_SESSIONS};
pub(crate) use people::{People, device_code};
pub(crate) use traffic::{Pacing, Survival, TICKS_PER_MS, Traffic};

use traffic::UserTraffic;

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
    /// By which the times between a user's sessions become those of a clock; none if all hours are alike.
    traffic: Option<Traffic>,
}

/// A user, for when it comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    pub(crate) user: u32,
    /// The number of its behavior.
    pub(crate) behavior: usize,
    /// The draws of its own values.
    pub(crate) draws: EventDraws,
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
        let duration_ms = (simulation.duration_seconds > 0.0).then_some(duration_ms);
        let end = duration_ms.and_then(|ms| scenario.start_time.checked_add_millis(ms));
        let end = end.unwrap_or(VirtualTime::MAX);
        let traffic = scenario.traffic.as_ref();
        let traffic =
            traffic.map(|traffic| Traffic::new(traffic, scenario.start_time, end)).transpose()?;
        Ok(Self {
            users: simulation.num_users,
            start: scenario.start_time,
            ramp_up_ms: millis::nearest(simulation.ramp_up_seconds),
            duration_ms,
            at_end: simulation.at_end,
            equilibria,
            traffic,
        })
    }

    /// How users first come.
    pub(crate) fn first_starts(&self) -> FirstStarts {
        if self.equilibria.is_empty() { FirstStarts::RampUp } else { FirstStarts::Stationary }
    }

    /// By which clocks users come, if hours are not all alike.
    pub(crate) fn traffic(&self) -> Option<&Traffic> {
        self.traffic.as_ref()
    }

    /// The time within which users come for the first time, evenly, in milliseconds of average traffic.
    pub(crate) fn come_ms(&self) -> f64 {
        let between_ms = self.traffic.as_ref().and_then(Traffic::arrival_ms);
        between_ms.map_or(self.ramp_up_ms as f64, |ms| ms * f64::from(self.users))
    }

    /// The time at which a user's first session starts; none past the end of virtual time.
    pub(crate) fn first_start(
        &self,
        streams: &RngStreams,
        visitor: Visitor,
    ) -> Option<VirtualTime> {
        match &self.traffic {
            None => self.start.checked_add_millis(self.first_offset_ms(streams, visitor)),
            Some(traffic) => {
                let own = traffic.of_user(visitor.draws);
                own.clock.time(self.first_ticks(streams, visitor, traffic, own))
            }
        }
    }

    /// The time at which the user's next session starts, after one of `duration_ms` which started at `created` and
    /// whose next one starts `cycle_ms` later in average traffic; none if the user does not come back.
    #[inline]
    pub(crate) fn next_start(
        &self,
        streams: &RngStreams,
        visitor: Visitor,
        created: VirtualTime,
        (duration_ms, cycle_ms): (u64, u64),
    ) -> Option<VirtualTime> {
        let Some(traffic) = &self.traffic else { return created.checked_add_millis(cycle_ms) };
        let own = traffic.of_user(visitor.draws);
        let cycle = own.pacing.ticks(cycle_ms.saturating_mul(TICKS_PER_MS));
        let ticks = own.clock.ticks(created).checked_add(cycle)?;
        let leaves_at = traffic.leaves_at(visitor.draws);
        // Whoever stays for longer than the run has lasted need not be asked when he came.
        if ticks >= leaves_at
            && ticks - self.first_ticks(streams, visitor, traffic, own).min(ticks) >= leaves_at
        {
            return None;
        }
        // However fast the clock runs, a user's sessions come one after the other.
        let after_end = created.checked_add_millis(duration_ms + 1)?;
        own.clock.time(ticks).map(|time| time.max(after_end))
    }

    /// The time of a user's first start, in ticks of average traffic from the start of the run.
    fn first_ticks(
        &self,
        streams: &RngStreams,
        visitor: Visitor,
        traffic: &Traffic,
        own: UserTraffic<'_>,
    ) -> u64 {
        if let Some((from, to)) = traffic.arrival(visitor.user) {
            return uniform(streams.for_user(visitor.user).of(Aspect::FirstStart).at(0), from, to);
        }
        let ticks = self.first_offset_ms(streams, visitor).saturating_mul(TICKS_PER_MS);
        // In equilibrium the time to the next session is a part of a cycle.
        if self.equilibria.is_empty() { ticks } else { own.pacing.ticks(ticks) }
    }

    fn first_offset_ms(&self, streams: &RngStreams, visitor: Visitor) -> u64 {
        let draws = || streams.for_user(visitor.user);
        match (self.equilibria.get(visitor.behavior), self.ramp_up_ms) {
            (Some(equilibrium), _) => equilibrium.first_start_ms(draws()),
            (None, 0) => 0,
            (None, ramp_up_ms) => uniform(draws().of(Aspect::FirstStart).at(0), 0, ramp_up_ms - 1),
        }
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
