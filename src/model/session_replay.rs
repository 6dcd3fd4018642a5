//! Sessions found again from their draws.

use std::sync::Arc;

use crate::behavior::{Behavior, Planner, Step};
use crate::event::Record;
use crate::population::{Ids, People};
use crate::properties::SessionHistory;
use crate::random::RngStreams;
use crate::time::VirtualTime;

/// The history of one seed's sessions: a session is planned again, as the simulation has planned it.
#[derive(Clone, Debug)]
pub(crate) struct SessionReplay {
    /// By number.
    behaviors: Arc<[Behavior]>,
    people: People,
    streams: RngStreams,
    ids: Ids,
    planner: Planner,
    /// The times of events matter, and not only what happens.
    tells_times: bool,
    /// The bits of the id of the session whose events these are.
    session: Option<u64>,
    events: Vec<Record>,
}

impl SessionReplay {
    pub(super) fn new(
        seed: u64,
        behaviors: Arc<[Behavior]>,
        people: People,
        tells_times: bool,
    ) -> Self {
        let streams = RngStreams::new(seed);
        let ids = Ids::new(&streams);
        let (planner, events) = (Planner::default(), Vec::new());
        Self { behaviors, people, streams, ids, planner, tells_times, session: None, events }
    }
}

impl SessionReplay {
    /// The events that the record's session was planned to have; what comes of accounts and experiments is not among
    /// them. Only a record that is itself among them gives their times.
    pub(crate) fn session(&mut self, record: &Record) -> &[Record] {
        let number = record.number as usize;
        if self.session != Some(record.session.code()) || self.events.len() < number {
            let (user, session) = self.ids.numbers(record.session);
            let draws = self.streams.for_session(user, session);
            let behavior = &self.behaviors[self.people.behavior(record.user_code)];
            self.events.clear();
            if self.tells_times {
                let steps = self.planner.plan(behavior, draws).steps;
                let offset_ms = steps.get(number).map_or(0, |step| step.offset_ms);
                let start_ms = record.time.as_millis().saturating_sub(offset_ms);
                self.events.extend((0..).zip(steps).map_while(|(number, step)| {
                    let time = VirtualTime::from_millis(start_ms + step.offset_ms)?;
                    Some(Record { time, number, content: step.content, ..*record })
                }));
            } else {
                let steps = self.planner.plan_first(behavior, draws, number);
                let event = |(number, step): (u32, &Step)| Record {
                    number,
                    content: step.content,
                    ..*record
                };
                self.events.extend((0..).zip(steps).map(event));
            }
            // Of a record that was not planned the times are not known.
            let is_known = number < self.events.len() || !self.tells_times;
            self.session = is_known.then_some(record.session.code());
        }
        &self.events
    }
}

impl SessionHistory for SessionReplay {
    fn before(&mut self, record: &Record) -> &[Record] {
        let events = self.session(record);
        &events[..events.len().min(record.number as usize)]
    }

    fn session_number(&self, record: &Record) -> u32 {
        self.ids.numbers(record.session).1
    }

    fn boxed_clone(&self) -> Box<dyn SessionHistory> {
        Box::new(self.clone())
    }
}
