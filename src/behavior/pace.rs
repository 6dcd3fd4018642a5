//! The pace of sessions.

use crate::millis;
use crate::scenario::Scenario;

/// The time between two pages, in milliseconds.
pub(crate) const LOAD_MS: (u64, u64) = (50, 500);

/// The time between `session_created` and the first page, and between the last page and
/// `session_ended`.
pub(crate) const EDGE_MS: u64 = 1;

/// The pace at which things happen in a session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// That of people, within the scenario's ranges.
    Human(HumanRanges),
    /// `base_interval` from event to event, give or take `interval_variance`.
    Fixed { shortest_ms: u64, longest_ms: u64 },
}

/// The ranges that every session keeps, in milliseconds, both ends included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HumanRanges {
    pub(crate) session_ms: (u64, u64),
    pub(crate) page_ms: (u64, u64),
    pub(crate) between_sessions_ms: (u64, u64),
}

impl Pace {
    /// The pace of a scenario.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let simulation = &scenario.simulation;
        if !scenario.advanced.human_like_delays {
            let (interval, variance) = (simulation.base_interval, simulation.interval_variance);
            let shortest_ms = millis::nearest(interval * (1.0 - variance)).max(1);
            let longest_ms = millis::nearest(interval * (1.0 + variance)).max(shortest_ms);
            return Self::Fixed { shortest_ms, longest_ms };
        }
        let behavior = &scenario.user_behavior;
        let range = |min: f64, max: f64| (millis::ceil(min), millis::floor(max));
        Self::Human(HumanRanges {
            session_ms: range(behavior.session_duration_min, behavior.session_duration_max),
            page_ms: range(behavior.time_per_page_min, behavior.time_per_page_max),
            between_sessions_ms: range(
                behavior.time_between_sessions_min,
                behavior.time_between_sessions_max,
            ),
        })
    }

    /// The duration that no session of at most `most_events` exceeds.
    pub(super) fn longest_session_ms(&self, most_events: u64) -> u64 {
        match self {
            Self::Human(ranges) => ranges.session_ms.1,
            Self::Fixed { longest_ms, .. } => most_events.saturating_mul(*longest_ms),
        }
    }
}
