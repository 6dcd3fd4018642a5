//! The model: a scenario checked, calibrated and turned into samplers.

mod error;
mod event;
mod names;

use crate::behavior::{Behavior, Calibration};
use crate::event::{Event, Record};
use crate::population::{self, Population};
use crate::scenario::{AtEnd, Problem, Scenario};
use crate::time::VirtualTime;

pub use error::ModelError;
pub(crate) use names::Names;

/// A scenario that can be simulated.
///
/// Compiling checks everything that a simulation relies on, solves for the distributions that meet
/// the scenario's shares and ranges, and builds a sampler for each.
#[derive(Clone, Debug)]
pub struct Model {
    seed: u64,
    population: Population,
    behavior: Behavior,
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
        let mut problems = Vec::new();
        match Model::new(&scenario, &mut problems) {
            Some(model) if problems.is_empty() => Ok(model),
            _ => Err(ModelError::new(problems)),
        }
    }
}

impl Model {
    /// The most sessions that one user has; after them the user stays away.
    pub const SESSIONS_PER_USER: u32 = population::MAX_SESSIONS;

    fn new(scenario: &Scenario, problems: &mut Vec<Problem>) -> Option<Self> {
        let calibration = Calibration::new(scenario, problems)?;
        let mut names = Names::new(scenario, &calibration.custom_names);
        let paths = names.add_journeys(scenario);
        let behavior = Behavior::new(scenario, calibration, paths, problems)?;
        names.check(problems);
        if !problems.is_empty() {
            // What cannot be planned cannot be sampled either.
            return None;
        }
        let population = match Population::new(scenario, &behavior) {
            Ok(population) => population,
            Err(error) => {
                problems.push(Problem::error("distributions.first_starts", error.to_string()));
                return None;
            }
        };
        let model = Self { seed: scenario.seed, population, behavior, names };
        if !model.may_start(model.start()) {
            problems.push(Problem::error(
                "start_time",
                "a session that starts then would not end before the year 10000",
            ));
        }
        Some(model)
    }

    /// The seed that the scenario names.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of users.
    pub fn users(&self) -> u32 {
        self.population.users
    }

    /// Virtual time zero.
    pub fn start(&self) -> VirtualTime {
        self.population.start
    }

    /// The type of each kind of event; one type may stand more than once.
    pub fn event_types(&self) -> &[String] {
        &self.names.event_types
    }

    /// What becomes of the sessions that are open when the run is over.
    pub fn at_end(&self) -> AtEnd {
        self.population.at_end
    }

    /// The event that a record of this model stands for.
    pub fn event(&self, record: &Record) -> Event {
        self.names.event(record)
    }

    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    pub(crate) fn behavior(&self) -> &Behavior {
        &self.behavior
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// True if a session may start at `time`: before the end of the run, and early enough to finish
    /// within virtual time.
    pub(crate) fn may_start(&self, time: VirtualTime) -> bool {
        let longest_ms = self.behavior.longest_session_ms;
        self.population.comes_at(time) && time.checked_add_millis(longest_ms).is_some()
    }

    /// The time from an event to those that it schedules, at most, in milliseconds.
    pub(crate) fn horizon_ms(&self) -> u64 {
        let Behavior { longest_session_ms, .. } = self.behavior;
        let cycle_ms = longest_session_ms.saturating_add(self.behavior.longest_gap_ms());
        cycle_ms.max(self.population.ramp_up_ms)
    }
}
