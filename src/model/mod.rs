//! The model: a scenario checked, calibrated and turned into samplers.

mod calibration;
mod check;
mod count;
mod error;
mod event;
mod forecast;
mod frequency;
mod ids;
mod names;
mod random;
mod record;
mod renewal;
mod session;
mod weighted;

use crate::scenario::Scenario;
use crate::time::VirtualTime;

pub use error::ModelError;
pub use forecast::Forecast;
pub(crate) use frequency::Frequencies;
pub(crate) use ids::Ids;
pub(crate) use names::Names;
pub(crate) use random::Randomness;
pub(crate) use record::Kind;
pub use record::Record;
pub(crate) use session::Planner;

use calibration::Calibration;
use count::BoundedCount;
use error::Refusals;
use names::JourneyPath;
use random::Chance;
use session::{HumanRanges, Pace};
use weighted::Weighted;

/// A scenario that can be simulated.
///
/// Compiling checks everything that a simulation relies on, solves for the distributions that meet
/// the scenario's shares and ranges, and builds a sampler for each.
#[derive(Clone, Debug)]
pub struct Model {
    seed: u64,
    start: VirtualTime,
    /// No session starts from here on.
    end_ms: u64,
    users: u32,
    ramp_up_ms: u64,
    pace: Pace,
    longest_session_ms: u64,
    pages: BoundedCount,
    actions: BoundedCount,
    navigates: Chance,
    closes: Chance,
    ends: Chance,
    action_choice: Weighted,
    /// Of all actions: buttons, links that open elsewhere, each custom event.
    action_shares: Vec<f64>,
    journey_choice: Weighted,
    journey_shares: Vec<f64>,
    journeys: Vec<JourneyPath>,
    /// The first so many of `names.pages` are for random browsing.
    random_pages: u16,
    /// The first so many of `names.buttons` are for random clicking.
    random_buttons: u16,
    names: Names,
}

impl Scenario {
    /// Checks and calibrates the scenario.
    ///
    /// # Errors
    /// Everything that cannot be, with the numbers: shares that do not sum to 1 or do not fit the
    /// ranges, bounds that cross, pages that cannot last as long as a session must, ...
    ///
    /// ```
    /// use event_simulator::Scenario;
    ///
    /// let mut scenario = Scenario::default();
    /// assert!(scenario.compile().is_ok());
    /// scenario.user_behavior.pages_per_session_max = 4;
    /// let error = scenario.compile().unwrap_err();
    /// assert!(error.to_string().contains("5 pages a session"));
    /// ```
    pub fn compile(&self) -> Result<Model, ModelError> {
        let scenario = self.checked().map_err(ModelError::new)?;
        let mut refusals = Refusals::default();
        let model = calibrated(&scenario, &mut refusals);
        refusals.unless_any(model)
    }
}

impl Model {
    /// Most sessions that one user has; after them the user stays away.
    pub const SESSIONS_PER_USER: u32 = 1 << 24;

    /// The seed that the scenario names.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many users there are.
    pub fn users(&self) -> u32 {
        self.users
    }

    /// Virtual time zero.
    pub fn start(&self) -> VirtualTime {
        self.start
    }

    /// The type of each kind of event; one type may stand more than once.
    pub fn event_types(&self) -> &[String] {
        &self.names.event_types
    }

    /// How many of the pages are for random browsing; they come first in the names.
    pub(crate) fn random_pages(&self) -> usize {
        usize::from(self.random_pages)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Whether a session may start at `time`: before the end of the run, and early enough to finish
    /// within virtual time.
    pub(crate) fn may_start(&self, time: VirtualTime) -> bool {
        time.as_millis() < self.end_ms && time.checked_add_millis(self.longest_session_ms).is_some()
    }

    /// When a user's first session starts.
    pub(crate) fn first_start(&self, randomness: &Randomness, user: u32) -> Option<VirtualTime> {
        let offset_ms = match self.ramp_up_ms {
            0 => 0,
            ramp_up_ms => randomness.for_user(user).between(0, ramp_up_ms - 1),
        };
        self.start.checked_add_millis(offset_ms)
    }
}

fn calibrated(scenario: &Scenario, refusals: &mut Refusals) -> Option<Model> {
    let behavior = &scenario.user_behavior;
    let calibration = Calibration::new(&scenario.event_probabilities, behavior, refusals)?;
    let pace = Pace::new(scenario);
    check::calibration(&calibration, &pace, refusals);
    let longest_session_ms = pace.longest_session_ms(check::most_events(&calibration));
    let mut names = Names::new(scenario, calibration.custom_names);
    let journeys = names.add_journeys(scenario);
    names.check(refusals);
    let journey_weights: Vec<f64> =
        scenario.user_journeys.iter().map(|journey| journey.probability).collect();
    let model = Model {
        seed: scenario.seed,
        start: scenario.start_time,
        end_ms: match scenario.simulation.duration_seconds {
            0.0 => u64::MAX,
            seconds => scenario.start_time.as_millis() + nearest_ms(seconds).max(1),
        },
        users: scenario.simulation.num_users,
        ramp_up_ms: nearest_ms(scenario.simulation.ramp_up_seconds),
        pace,
        longest_session_ms,
        pages: calibration.pages,
        actions: calibration.actions,
        navigates: Chance::new(calibration.navigates),
        closes: Chance::new(calibration.closes),
        ends: Chance::new(calibration.ends),
        action_choice: Weighted::new(&calibration.action_weights),
        action_shares: shares(&calibration.action_weights),
        journey_choice: Weighted::new(&journey_weights),
        journey_shares: shares(&journey_weights),
        journeys,
        random_pages: scenario.pages.len() as u16,
        random_buttons: scenario.buttons.len() as u16,
        names,
    };
    if !model.may_start(model.start) {
        refusals
            .add("start_time", "a session that starts then would not end before the year 10000");
    }
    Some(model)
}

/// Weights as parts of their sum.
fn shares(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
}

impl Pace {
    fn new(scenario: &Scenario) -> Self {
        let simulation = &scenario.simulation;
        if !scenario.advanced.human_like_delays {
            let (interval, variance) = (simulation.base_interval, simulation.interval_variance);
            let shortest_ms = nearest_ms(interval * (1.0 - variance)).max(1);
            let longest_ms = nearest_ms(interval * (1.0 + variance)).max(shortest_ms);
            return Self::Fixed { shortest_ms, longest_ms };
        }
        let behavior = &scenario.user_behavior;
        let range = |min: f64, max: f64| (ms_from(min), ms_to(max));
        Self::Human(HumanRanges {
            session_ms: range(behavior.session_duration_min, behavior.session_duration_max),
            page_ms: range(behavior.time_per_page_min, behavior.time_per_page_max),
            between_sessions_ms: range(
                behavior.time_between_sessions_min,
                behavior.time_between_sessions_max,
            ),
        })
    }

    /// No session lasts longer than this; events of a session are at most `most_events`.
    fn longest_session_ms(&self, most_events: u64) -> u64 {
        match self {
            Self::Human(ranges) => ranges.session_ms.1,
            Self::Fixed { longest_ms, .. } => most_events.saturating_mul(*longest_ms),
        }
    }
}

const MILLIS_PER_SECOND: f64 = 1_000.0;

/// Forgives a decimal that has no exact binary form.
const MS_ROUNDING: f64 = 1e-6;

fn nearest_ms(seconds: f64) -> u64 {
    (seconds * MILLIS_PER_SECOND + 0.5) as u64
}

/// The first whole millisecond that is not below `seconds`.
fn ms_from(seconds: f64) -> u64 {
    let floor = (seconds * MILLIS_PER_SECOND + MS_ROUNDING) as u64;
    let is_whole = floor as f64 >= seconds * MILLIS_PER_SECOND - MS_ROUNDING;
    if is_whole { floor } else { floor + 1 }
}

/// The last whole millisecond that is not above `seconds`.
fn ms_to(seconds: f64) -> u64 {
    (seconds * MILLIS_PER_SECOND + MS_ROUNDING) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_the_milliseconds_inside_their_range() {
        assert_eq!((ms_from(0.1), ms_to(0.1)), (100, 100));
        assert_eq!((ms_from(0.0015), ms_to(0.0015)), (2, 1));
        assert_eq!((ms_from(10.0), ms_to(120.0)), (10_000, 120_000));
    }
}
