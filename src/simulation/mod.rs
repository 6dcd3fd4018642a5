//! The kernel: a single-threaded virtual clock over a queue of what is due next.

mod queue;

use std::fmt;
use std::str::FromStr;

use crate::event::Event;
use crate::model::{Ids, Kind, Model, Planner, Randomness, Record};
use crate::time::VirtualTime;

pub(crate) use queue::{CalendarQueue, Load};

/// Which users of a scenario a simulation runs: all, or one of several equal parts.
///
/// Users never depend on each other, so the parts, merged by time and user, are the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// All users.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Part `index` of `count`, counted from 0, or `None` if there is no such part.
    pub const fn new(index: u32, count: u32) -> Option<Self> {
        if index < count { Some(Self { index, count }) } else { None }
    }

    /// Which part this is, from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub const fn count(self) -> u32 {
        self.count
    }
}

/// A text that is not a part of a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a part such as 0/4, 1/4, 2/4 or 3/4")]
pub struct ParseShardError(String);

impl fmt::Display for Shard {
    /// `index/count`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, ParseShardError> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Self::new(index.trim().parse().ok()?, count.trim().parse().ok()?)
        });
        parsed.ok_or_else(|| ParseShardError(text.to_owned()))
    }
}

/// A running simulation: an iterator over its events in the order of the timeline.
///
/// It never ends if the scenario has no duration, and its memory does not grow with virtual time.
///
/// ```
/// use event_simulator::Scenario;
///
/// let mut scenario = Scenario::default();
/// scenario.simulation.num_users = 3;
/// let events: Vec<_> = scenario.compile()?.simulate(42).collect();
///
/// assert_eq!(events[0].event_type, "session_created");
/// assert!(events.is_sorted_by_key(|event| event.event_time));
/// # Ok::<(), event_simulator::ModelError>(())
/// ```
pub struct Simulation {
    model: Model,
    randomness: Randomness,
    ids: Ids,
    planner: Planner,
    queue: CalendarQueue,
}

impl Model {
    /// Starts a simulation of all users.
    pub fn simulate(&self, seed: u64) -> Simulation {
        self.simulate_shard(seed, Shard::WHOLE)
    }

    /// Starts a simulation of one part of the users: every `count`-th, from `index` on.
    pub fn simulate_shard(&self, seed: u64, shard: Shard) -> Simulation {
        Simulation::new(self.clone(), seed, shard)
    }
}

impl Simulation {
    fn new(model: Model, seed: u64, shard: Shard) -> Self {
        let randomness = Randomness::new(seed);
        let ids = Ids::new(&randomness);
        let queue = CalendarQueue::new(model.start(), load(&model, shard));
        let mut simulation = Self { model, randomness, ids, planner: Planner::default(), queue };
        for user in (shard.index..simulation.model.users()).step_by(shard.count as usize) {
            if let Some(time) = simulation.model.first_start(&simulation.randomness, user) {
                simulation.schedule_session(user, 0, time);
            }
        }
        simulation
    }

    /// The model that is simulated.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The next event in its compact form.
    #[inline]
    pub fn next_record(&mut self) -> Option<Record> {
        let record = self.queue.pop()?;
        if record.kind == Kind::SESSION_CREATED {
            self.run_session(&record);
        }
        Some(record)
    }

    /// Puts the start of a session into the queue, if it is to happen at all.
    fn schedule_session(&mut self, user: u32, session: u32, time: VirtualTime) {
        if session >= Model::SESSIONS_PER_USER || !self.model.may_start(time) {
            return;
        }
        self.queue.push(Record {
            time,
            session: self.ids.session(user, session),
            user,
            user_code: self.ids.user(user),
            number: 0,
            kind: Kind::SESSION_CREATED,
            page: (session >> 16) as u16,
            detail: session as u16,
        });
    }

    /// A session has started: puts the rest of it, and the start of the user's next one, into the
    /// queue.
    fn run_session(&mut self, created: &Record) {
        let session = u32::from(created.page) << 16 | u32::from(created.detail);
        let mut dice = self.randomness.for_session(created.user, session);
        let plan = self.planner.plan(&self.model, &mut dice);
        for (number, step) in (0..).zip(plan.steps).skip(1) {
            let Some(time) = created.time.checked_add_millis(step.offset_ms) else { break };
            let record = Record {
                time,
                number,
                kind: step.kind,
                page: step.page,
                detail: step.detail,
                ..*created
            };
            self.queue.push(record);
        }
        let next = created.time.checked_add_millis(plan.until_next_ms);
        if let Some(time) = next {
            self.schedule_session(created.user, session + 1, time);
        }
    }
}

fn load(model: &Model, shard: Shard) -> Load {
    let cycle_ms = model.cycle_ms();
    let users = f64::from(model.users()) / f64::from(shard.count);
    Load {
        events_per_ms: users * model.events_per_session() / cycle_ms.max(1.0),
        session_ms: cycle_ms as u64,
        horizon_ms: model.horizon_ms(),
    }
}

impl Iterator for Simulation {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let record = self.next_record()?;
        Some(self.model.event(&record))
    }
}

#[cfg(test)]
mod tests;
