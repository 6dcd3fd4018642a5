//! The inner stages of a simulation, opened to the benchmarks by the feature `stages`. Not a public
//! interface.

use crate::behavior::Planner;
use crate::event::{Kind, Record, RecordContent, SessionBits};
use crate::model::Model;
use crate::random::RngStreams;
use crate::simulation::{CalendarQueue, Load};
use crate::time::VirtualTime;
use crate::wire::{Encode, Encoder};

/// Plans `sessions` sessions and gives the number of their events.
pub fn plan_sessions(model: &Model, sessions: u32) -> usize {
    let streams = RngStreams::new(0);
    let mut planner = Planner::default();
    (0..sessions)
        .map(|session| planner.plan(model.behavior(0), streams.for_session(0, session)).steps.len())
        .sum()
}

/// Holds `waiting` records in a queue and, `steps` times, takes the next one out and puts another one
/// in, some way ahead (the "hold model" of Jones, "An empirical comparison of priority-queue and
/// event-set implementations", Communications of the ACM 29, 1986).
pub fn hold_queue(waiting: u32, steps: u32) -> u64 {
    const HORIZON_MS: u64 = 1 << 19;
    let load = Load {
        events_per_ms: f64::from(waiting) * 2.0 / HORIZON_MS as f64,
        session_ms: HORIZON_MS,
        horizon_ms: HORIZON_MS,
    };
    let mut queue = CalendarQueue::new(VirtualTime::MIN, load);
    let mut ahead = 0x2545_f491_4f6c_dd1d_u64;
    let mut push = |queue: &mut CalendarQueue, now: u64, user: u32| {
        // A xorshift is enough to scatter the records.
        ahead ^= ahead << 13;
        ahead ^= ahead >> 7;
        ahead ^= ahead << 17;
        if let Some(time) = VirtualTime::from_millis(now + ahead % HORIZON_MS) {
            queue.push(record(time, user));
        }
    };
    for user in 0..waiting {
        push(&mut queue, 0, user);
    }
    let mut last = 0;
    for _ in 0..steps {
        let Some(next) = queue.pop() else { break };
        last = next.time.as_millis();
        push(&mut queue, last, next.user_code);
    }
    last
}

fn record(time: VirtualTime, user: u32) -> Record {
    Record {
        time,
        session: SessionBits::new(0, 0),
        user_code: user,
        number: 0,
        content: RecordContent::of_session(Kind::SESSION_CREATED),
    }
}

/// Some records of a model, to be encoded.
pub struct Records(Vec<Record>);

impl Records {
    /// The first `count` records of a simulation.
    pub fn of(model: &Model, count: usize) -> Self {
        let mut simulation = model.simulate(0);
        Self(std::iter::from_fn(|| simulation.next_record()).take(count).collect())
    }

    /// Those of a type.
    #[must_use]
    pub fn of_type(mut self, model: &Model, event_type: &str) -> Self {
        self.0.retain(|record| model.event_types()[record.content.kind.index()] == event_type);
        self
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encodes them all, in blocks that are used again as those of `generate` are, and gives the number of bytes.
    pub fn encode(&self, model: &Model) -> usize {
        const BLOCK_BYTES: usize = 256 * 1024;
        let mut encoder = Encoder::new(&model.clone().with_seed(0));
        let (mut block, mut bytes) = (Vec::with_capacity(2 * BLOCK_BYTES), 0);
        for record in &self.0 {
            encoder.encode(record, &mut block);
            if block.len() >= BLOCK_BYTES {
                bytes += std::hint::black_box(&block).len();
                block.clear();
            }
        }
        bytes + block.len()
    }
}
