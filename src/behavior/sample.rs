//! A sample of sessions, from which durations, rates and sizes are taken.
//!
//! How long a session lasts follows from its pages, their dwells, their actions and the bounds of them
//! all, for which there is no closed form that holds in every corner. So sessions are planned as a
//! simulation plans them, with numbers of their own that no timeline has.

use crate::random::RngStreams;

use super::pace::Pace;
use super::samplers::Behavior;
use super::session::{Planner, Step};

/// The seed of the sample, whatever the scenario's is: a forecast does not depend on that.
const SAMPLE_SEED: u64 = 0x0f0c_a575;

/// The size of a sample. A session is planned whole, so its last one may have more events than are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleSize {
    pub(crate) most_sessions: u32,
    pub(crate) most_events: u64,
}

/// The size for totals: durations vary by about half of their mean, so that means are within 1 %.
pub(crate) const THOROUGH: SampleSize =
    SampleSize { most_sessions: 16_384, most_events: 2_000_000 };

/// The size for what only needs an order of magnitude.
pub(crate) const ROUGH: SampleSize = SampleSize { most_sessions: 256, most_events: 4_096 };

/// A sampled session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampledSession {
    pub(crate) duration_ms: u64,
    /// The time from its start to the start of the same user's next one.
    pub(crate) until_next_ms: u64,
}

/// Plans sessions, and shows `observe` the steps of each.
pub(crate) fn sample(
    behavior: &Behavior,
    size: SampleSize,
    mut observe: impl FnMut(&[Step]),
) -> Vec<SampledSession> {
    let streams = RngStreams::new(SAMPLE_SEED);
    let mut planner = Planner::default();
    let mut sessions = Vec::with_capacity(size.most_sessions as usize);
    let mut events = 0;
    for number in 0..size.most_sessions {
        if events >= size.most_events {
            break;
        }
        let plan = planner.plan(behavior, streams.for_session(0, number));
        observe(plan.steps);
        events += plan.steps.len() as u64;
        sessions.push(SampledSession {
            duration_ms: plan.duration_ms,
            until_next_ms: plan.until_next_ms,
        });
    }
    sessions
}

impl Behavior {
    /// The times from start to start of sessions as they were sampled, with gaps that are spread evenly over their
    /// distribution: those vary most, so that the mean is nearly exact.
    pub(crate) fn even_cycles_ms(&self, sessions: &[SampledSession]) -> Vec<f64> {
        // Multiples of the golden ratio are spread evenly, and in no order.
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let cycle = |(number, session): (u64, &SampledSession)| match self.pace {
            Pace::Human(ranges) => {
                let bits = number.wrapping_mul(GOLDEN);
                session.duration_ms + self.times.gap_ms(bits, ranges.between_sessions_ms)
            }
            Pace::Fixed { .. } => session.until_next_ms,
        };
        (1..).zip(sessions).map(|session| cycle(session) as f64).collect()
    }

    /// What of these times varies as it was sampled.
    pub(crate) fn sampled_of_even_cycles_ms(&self, sessions: &[SampledSession]) -> Vec<f64> {
        let sampled = |session: &SampledSession| match self.pace {
            Pace::Human(_) => session.duration_ms,
            Pace::Fixed { .. } => session.until_next_ms,
        };
        sessions.iter().map(|session| sampled(session) as f64).collect()
    }
}

/// The mean of a sample's values; 0 if there are none.
pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}
