//! First starts as if the site had always been there.

use crate::behavior::{Behavior, THOROUGH, sample};
use crate::random::{Aspect, CumulativeTable, Draws, ParameterError, uniform};

/// The time from any moment to a user's next session, when users have come and gone for ever.
///
/// A moment falls into a cycle in proportion to the cycle's length, and anywhere in it alike (the inspection
/// paradox; Cox, "Renewal Theory", 1962). The cycles are those of a sample of sessions.
#[derive(Debug)]
pub(super) struct Equilibrium {
    cycles_ms: Vec<u64>,
    by_length: CumulativeTable,
}

impl Equilibrium {
    /// The equilibrium of a behavior.
    pub(super) fn new(behavior: &Behavior) -> Result<Self, ParameterError> {
        let sessions = sample(behavior, THOROUGH, |_| {});
        let cycles_ms: Vec<u64> =
            sessions.iter().map(|session| session.until_next_ms.max(1)).collect();
        let lengths: Vec<f64> = cycles_ms.iter().map(|&cycle_ms| cycle_ms as f64).collect();
        Ok(Self { by_length: CumulativeTable::new(&lengths)?, cycles_ms })
    }

    /// A user's first start, in milliseconds from the start of the run.
    pub(super) fn first_start_ms(&self, draws: Draws) -> u64 {
        let draws = draws.of(Aspect::FirstStart);
        let cycle_ms = self.cycles_ms[self.by_length.sample(draws.at(0))];
        uniform(draws.at(1), 0, cycle_ms - 1)
    }
}
