//! The simulation: a single-threaded virtual clock over a queue of the events that are due.

mod arrivals;
mod exposure;
mod queue;
mod shard;

use crate::behavior::Planner;
use crate::event::{Detail, Event, Kind, Record, RecordContent};
use crate::model::Model;
use crate::population::{AccountState, Ids, KnownSpan, Visitor};
use crate::random::RngStreams;
use crate::time::VirtualTime;

use arrivals::Arrivals;

pub(crate) use queue::{CalendarQueue, Load};
pub use shard::{ParseShardError, Shard};

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
    streams: RngStreams,
    ids: Ids,
    planner: Planner,
    queue: CalendarQueue,
    arrivals: Arrivals,
}

impl Model {
    /// Starts a simulation of all users.
    pub fn simulate(&self, seed: u64) -> Simulation {
        self.simulate_shard(seed, Shard::WHOLE)
    }

    /// Starts a simulation of one part of the users: every `count`-th, from `index` on.
    pub fn simulate_shard(&self, seed: u64, shard: Shard) -> Simulation {
        Simulation::new(self.clone().with_seed(seed), seed, shard)
    }
}

impl Simulation {
    fn new(model: Model, seed: u64, shard: Shard) -> Self {
        let streams = RngStreams::new(seed);
        let ids = Ids::new(&streams);
        let queue = CalendarQueue::new(model.start(), load(&model, shard));
        let arrivals = Arrivals::new(model.population(), shard);
        let planner = Planner::default();
        let mut simulation = Self { model, streams, ids, planner, queue, arrivals };
        if !simulation.arrivals.are_over_the_run() {
            while let Some(user) = simulation.arrivals.next_user() {
                simulation.schedule_first(user);
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
        let mut record = self.queue.pop();
        while self.arrivals.may_come_by(record.map(|record| record.time)) {
            record = self.admit(record);
        }
        let record = record?;
        if record.content.kind == Kind::SESSION_CREATED {
            self.run_session(&record);
        }
        Some(record)
    }

    /// Lets the next user in, who may come before the record that is due, and gives what is due then.
    #[cold]
    fn admit(&mut self, due: Option<Record>) -> Option<Record> {
        if let Some(record) = due {
            self.queue.push(record);
        }
        if let Some(user) = self.arrivals.next_user() {
            self.schedule_first(user);
        }
        self.arrivals.look_ahead(self.model.population());
        self.queue.pop()
    }

    fn visitor(&self, user: u32, user_code: u32) -> Visitor {
        let people = self.model.people();
        Visitor { user, behavior: people.behavior(user_code), draws: people.user(user_code) }
    }

    /// Puts the start of a user's first session into the queue.
    fn schedule_first(&mut self, user: u32) {
        let visitor = self.visitor(user, self.ids.user(user));
        let accounts = self.model.people().accounts();
        let accounts = accounts.map(|accounts| accounts.at_start(visitor.draws));
        let first_start = self.model.population().first_start(&self.streams, visitor);
        if let Some(time) = first_start {
            self.schedule_session(user, 0, time, accounts);
        }
    }

    /// Puts the start of a session into the queue, if it is to happen at all.
    fn schedule_session(
        &mut self,
        user: u32,
        session: u32,
        time: VirtualTime,
        accounts: Option<AccountState>,
    ) {
        if session >= Model::SESSIONS_PER_USER || !self.model.may_start(time) {
            return;
        }
        let (user_code, mut session) = (self.ids.user(user), self.ids.session(user, session));
        let mut content = RecordContent::of_session(Kind::SESSION_CREATED);
        if let Some(accounts) = accounts {
            let device = self.model.people().device_of(user_code, session.code());
            session = session.marked(accounts.is_logged_in(device));
            content.detail = Detail::Accounts(accounts.bits());
        }
        self.queue.push(Record { time, session, user_code, number: 0, content });
    }

    /// A session has started: puts the rest of it, and the start of the user's next one, into the
    /// queue.
    fn run_session(&mut self, created: &Record) {
        let (user, session) = self.ids.numbers(created.session);
        let draws = self.streams.for_session(user, session);
        let people = self.model.people();
        let visitor = self.visitor(user, created.user_code);
        let behavior = self.model.behavior(visitor.behavior);
        let plan = self.planner.plan(behavior, draws);
        let known = match (people.accounts(), created.content.detail) {
            (Some(accounts), Detail::Accounts(bits)) => {
                let device = people.device_of(created.user_code, created.session.code());
                Some(accounts.session(AccountState::of_bits(bits), device, draws, plan.steps))
            }
            _ => None,
        };
        for (number, step) in (0..).zip(plan.steps).skip(1) {
            let Some(time) = created.time.checked_add_millis(step.offset_ms) else { break };
            if !self.model.population().acts_at(time) {
                break;
            }
            let session = match &known {
                Some(known) => created.session.marked(known.is_known_at(number as usize)),
                None => created.session,
            };
            self.queue.push(Record { time, session, number, content: step.content, ..*created });
        }
        let number = plan.steps.len() as u32;
        for (number, event) in (number..).zip(known.iter().flat_map(KnownSpan::events)) {
            let time = created.time.checked_add_millis(event.offset_ms);
            let time = time.filter(|time| self.model.population().acts_at(*time));
            let Some(time) = time else { break };
            let kind = self.model.names().identity_kind(event.kind);
            let content = RecordContent { kind, page: event.page, detail: Detail::None };
            let session = created.session.marked(true);
            self.queue.push(Record { time, session, number, content, ..*created });
        }
        if !self.model.exposures().is_empty() {
            for record in exposure::records(&self.model, created, &plan, known.as_ref()) {
                if self.model.population().acts_at(record.time) {
                    self.queue.push(record);
                }
            }
        }
        let population = self.model.population();
        let times = (plan.duration_ms, plan.until_next_ms);
        let next = population.next_start(&self.streams, visitor, created.time, times);
        if let Some(time) = next {
            self.schedule_session(user, session + 1, time, known.map(|known| known.state));
        }
    }
}

fn load(model: &Model, shard: Shard) -> Load {
    let rate = model.rate();
    Load {
        events_per_ms: rate.events_per_ms / f64::from(shard.count()),
        session_ms: rate.cycle_ms as u64,
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
