//! The pace of sessions.

use crate::millis;
use crate::scenario::Scenario;

/// The time between two pages, in milliseconds.
pub(super) const LOAD_MS: (u64, u64) = (50, 500);

/// The time between `session_created` and the first page, and between the last page and
/// `session_ended`.
pub(super) const EDGE_MS: u64 = 1;

/// The shortest time from a session's end to the user's next one: a user's times strictly increase.
const SHORTEST_GAP_MS: u64 = 1;

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
        let (from_ms, to_ms) =
            range(behavior.time_between_sessions_min, behavior.time_between_sessions_max);
        Self::Human(HumanRanges {
            session_ms: range(behavior.session_duration_min, behavior.session_duration_max),
            page_ms: range(behavior.time_per_page_min, behavior.time_per_page_max),
            between_sessions_ms: (from_ms.max(SHORTEST_GAP_MS), to_ms.max(SHORTEST_GAP_MS)),
        })
    }

    /// The duration that no session of at most `most_pages` and `most_events` exceeds.
    pub(super) fn longest_session_ms(&self, most_pages: u32, most_events: u64) -> u64 {
        match self {
            Self::Human(ranges) => {
                let most_pages = u64::from(most_pages);
                let dwells_ms = most_pages.saturating_mul(ranges.page_ms.1);
                let loads_ms = most_pages.saturating_sub(1) * LOAD_MS.1;
                ranges.session_ms.1.min(dwells_ms.saturating_add(loads_ms + 2 * EDGE_MS))
            }
            Self::Fixed { longest_ms, .. } => most_events.saturating_mul(*longest_ms),
        }
    }
}
