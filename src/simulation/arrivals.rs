//! Who has not come yet.

use crate::population::{Population, Traffic};
use crate::time::VirtualTime;

use super::shard::Shard;

/// The users of a simulation who have not come yet, in the order of their numbers. Those who come over the run are let
/// in one by one, so that nothing is held of whoever is not there.
#[derive(Debug)]
pub(super) struct Arrivals {
    next: u32,
    step: u32,
    users: u32,
    are_over_the_run: bool,
    /// Nobody comes before this; the end of virtual time and more if nobody comes any more.
    none_before_ms: u64,
}

const NEVER: u64 = u64::MAX;

impl Arrivals {
    pub(super) fn new(population: &Population, shard: Shard) -> Self {
        let are_over_the_run = population.traffic().is_some_and(Traffic::has_arrivals);
        let (next, step) = (shard.index(), shard.count());
        let users = population.users;
        let mut arrivals = Self { next, step, users, are_over_the_run, none_before_ms: NEVER };
        arrivals.look_ahead(population);
        arrivals
    }

    /// True if users come over the run, and not at once.
    pub(super) fn are_over_the_run(&self) -> bool {
        self.are_over_the_run
    }

    /// True if somebody may come who has to be let in before a time; or at all, if nothing else is due.
    #[inline]
    pub(super) fn may_come_by(&self, due: Option<VirtualTime>) -> bool {
        match due {
            Some(time) => self.none_before_ms <= time.as_millis(),
            None => self.none_before_ms != NEVER,
        }
    }

    /// The next user, if there is one.
    pub(super) fn next_user(&mut self) -> Option<u32> {
        let user = self.next;
        if user >= self.users {
            return None;
        }
        self.next = user.saturating_add(self.step);
        Some(user)
    }

    /// Finds out when the next user may come at the earliest.
    pub(super) fn look_ahead(&mut self, population: &Population) {
        let traffic = population.traffic().filter(|_| self.next < self.users);
        let time = traffic.and_then(|traffic| traffic.no_arrival_before(self.next));
        let time = time.filter(|time| population.comes_at(*time));
        self.none_before_ms = time.map_or(NEVER, VirtualTime::as_millis);
    }
}

#[cfg(test)]
mod tests {
    use crate::Scenario;

    /// A million users over a year.
    #[test]
    fn nothing_is_held_of_users_who_are_not_there() {
        let yaml = "{ simulation: { num_users: 1000000, duration_seconds: 31536000 }, \
            user_behavior: { time_between_sessions_min: 20000, time_between_sessions_max: 200000 }, \
            traffic: { new_users_per_day: 2740, hours: evening, \
                retention: { day_1: 0.3, day_7: 0.1, day_30: 0.04 } } }";
        let mut simulation = Scenario::from_yaml(yaml).unwrap().compile().unwrap().simulate(1);
        assert!(simulation.next_record().is_some());
        assert!(simulation.queue.len() < 50);
        let mut most = 0;
        for _ in 0..300_000 {
            simulation.next_record();
            most = most.max(simulation.queue.len());
        }
        assert!((200..20_000).contains(&most), "{most} records at once");
    }
}
