//! The model: a scenario checked, calibrated and turned into samplers.

mod error;
mod event;
mod names;
mod schema;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::behavior::{Behavior, Calibration};
use crate::event::{Event, Record};
use crate::population::{self, Population};
use crate::properties::{Properties, PropertyWriter};
use crate::random::RngStreams;
use crate::scenario::{AtEnd, Problem, Scenario};
use crate::time::VirtualTime;

pub use error::ModelError;
pub(crate) use names::Names;
pub use schema::TypedField;

/// A scenario that can be simulated.
///
/// Compiling checks everything that a simulation relies on, solves for the distributions that meet
/// the scenario's shares and ranges, and builds a sampler for each.
#[derive(Clone, Debug)]
pub struct Model {
    seed: u64,
    /// The seed's key of what events carry.
    event_key: u64,
    population: Population,
    behavior: Behavior,
    names: Names,
    properties: Arc<Properties>,
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
        let mut names = Names::new(scenario);
        let behavior = if let Some(flow) = &scenario.flow {
            Behavior::of_flow(scenario, &names.add_flow(flow), problems)?
        } else {
            let calibration = Calibration::new(scenario, problems)?;
            let paths = names.add_journeys(scenario);
            Behavior::new(scenario, calibration, paths, problems)?
        };
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
        let Names { event_types, pages, buttons, .. } = &names;
        let properties = Properties::new(&scenario.events, event_types, pages, buttons);
        let model = Self {
            seed: 0,
            event_key: 0,
            population,
            behavior,
            names,
            properties: Arc::new(properties),
        };
        let model = model.with_seed(scenario.seed);
        if !model.may_start(model.start()) {
            problems.push(Problem::error(
                "start_time",
                "a session that starts then would not end before the year 10000",
            ));
        }
        Some(model)
    }

    /// The seed: the one that the scenario names, or that of the simulation whose model this is.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// This model with another seed, which what its events carry depends on.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, event_key: RngStreams::new(seed).event_key(), ..self }
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
        let mut event = self.names.event(record);
        if let Some(mut writer) = self.property_writer() {
            let mut text = b"{".to_vec();
            writer.write(record, &mut text);
            text.push(b'}');
            let properties: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
            event.props.extend(properties);
        }
        event
    }

    /// The JSON Schema (draft 7) of the events, with a definition for each type.
    pub fn event_schema(&self) -> Value {
        schema::event_schema(&self.names.event_types, &self.properties)
    }

    /// The fields of the events of each type, and the values within them, with their types.
    pub fn fields(&self) -> Vec<TypedField> {
        schema::fields(&self.event_schema())
    }

    /// A writer of what events carry; none if no event carries anything.
    pub(crate) fn property_writer(&self) -> Option<PropertyWriter> {
        let writer = || PropertyWriter::new(Arc::clone(&self.properties), self.event_key);
        (!self.properties.is_empty()).then(writer)
    }

    pub(crate) fn properties(&self) -> &Properties {
        &self.properties
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
