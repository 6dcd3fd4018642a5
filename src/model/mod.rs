//! The model: a scenario checked, calibrated and turned into samplers.

mod columns;
mod error;
mod event;
mod exposures;
mod names;
mod schema;
mod session_replay;
mod session_users;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::behavior::{Behavior, Calibration, JourneyPath};
use crate::event::{Event, Record};
use crate::faults::Faults;
use crate::population::{self, People, Population};
use crate::properties::{Properties, PropertyWriter};
use crate::random::{ParameterError, RngStreams};
use crate::scenario::{AtEnd, Journey, PersonaScenario, Problem, Scenario};
use crate::time::VirtualTime;

pub use error::ModelError;
pub(crate) use exposures::{ExposingView, Exposure, Exposures};
pub(crate) use names::Names;
pub use schema::TypedField;
pub(crate) use session_replay::SessionReplay;
pub use session_users::SessionUsers;

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
    people: People,
    /// By persona and combination of variants; one if there are neither.
    behaviors: Arc<[Behavior]>,
    /// The share of each behavior among the users.
    behavior_shares: Vec<f64>,
    persona_names: Vec<String>,
    names: Names,
    exposures: Arc<Exposures>,
    properties: Arc<Properties>,
    faults: Arc<Faults>,
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
        let personas = scenario.of_behaviors();
        let (behaviors, names) = behaviors(scenario, &personas, problems)?;
        names.check(problems);
        if !problems.is_empty() {
            // What cannot be planned cannot be sampled either.
            return None;
        }
        let mut refuse = |path: &str, error: ParameterError| {
            problems.push(Problem::error(path, error.to_string()));
        };
        let population = Population::new(scenario, &behaviors)
            .map_err(|error| refuse("distributions.first_starts", error))
            .ok()?;
        let people = People::new(scenario).map_err(|error| refuse("users", error)).ok()?;
        let Names { event_types, pages, buttons, .. } = &names;
        let properties = Properties::new(scenario, event_types, pages, buttons);
        let exposures = Exposures::new(scenario, &personas, &names);
        let faults = Faults::new(scenario).map_err(|error| refuse("faults", error)).ok()?;
        let combinations = people.combinations();
        let mut behavior_shares = Vec::with_capacity(behaviors.len());
        for persona in scenario.users.persona_shares() {
            let shares = (0..combinations.count()).map(|number| combinations.share(number));
            behavior_shares.extend(shares.map(|share| persona * share));
        }
        let names_of_personas = scenario.users.personas.iter().map(|persona| persona.name.clone());
        let model = Self {
            seed: 0,
            event_key: 0,
            population,
            people,
            behaviors: behaviors.into(),
            behavior_shares,
            persona_names: names_of_personas.collect(),
            names,
            exposures: Arc::new(exposures),
            properties: Arc::new(properties),
            faults: Arc::new(faults),
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
        let event_key = RngStreams::new(seed).event_key();
        Self { seed, event_key, people: self.people.with_key(event_key), ..self }
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

    /// The pages of all events.
    pub fn pages(&self) -> &[String] {
        &self.names.pages
    }

    /// What becomes of the sessions that are open when the run is over.
    pub fn at_end(&self) -> AtEnd {
        self.population.at_end
    }

    /// The event that a record of this model stands for.
    pub fn event(&self, record: &Record) -> Event {
        let mut event = self.names.event(record);
        if let Some(id) = self.people.anonymous(record) {
            event.user_id = String::from_utf8_lossy(&id).into_owned();
        }
        if let Some(mut writer) = self.property_writer() {
            let mut text = b"{".to_vec();
            writer.write(record, &mut text);
            text.push(b'}');
            let properties: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
            event.props.extend(properties);
            let mut text = b"{\"\":0".to_vec();
            writer.write_own_fields(&mut text);
            text.push(b'}');
            event.own = serde_json::from_slice(&text).unwrap_or_default();
            event.own.shift_remove("");
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

    /// The names of the fields that events have beside those of [`Field`](crate::event::Field), in the order in which they are written.
    pub fn own_fields(&self) -> Vec<String> {
        self.properties.own_fields()
    }

    /// What becomes of the events on their way.
    pub(crate) fn faults(&self) -> &Arc<Faults> {
        &self.faults
    }

    /// True if a user is not known from the beginning.
    pub fn has_accounts(&self) -> bool {
        self.people().accounts().is_some()
    }

    /// True if what arrives is not what happened.
    pub fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// This model without faults: what arrives is what happened.
    #[must_use]
    pub fn without_faults(self) -> Self {
        Self { faults: Arc::default(), ..self }
    }

    /// The seed's key of what is drawn for single events.
    pub(crate) fn event_key(&self) -> u64 {
        self.event_key
    }

    /// The sessions of the model's seed, to be found again, with or without their times.
    pub(crate) fn session_replay(&self, tells_times: bool) -> SessionReplay {
        let behaviors = Arc::clone(&self.behaviors);
        SessionReplay::new(self.seed, behaviors, self.people.clone(), tells_times)
    }

    /// A writer of what events carry; none if no event carries anything.
    pub(crate) fn property_writer(&self) -> Option<PropertyWriter> {
        let writer = || {
            let (properties, people) = (Arc::clone(&self.properties), self.people.clone());
            let history = self.session_replay(properties.tell_times_of_carts());
            let (key, start) = (self.event_key, self.start());
            PropertyWriter::new(properties, people, key, start, Box::new(history))
        };
        (!self.properties.is_empty()).then(writer)
    }

    pub(crate) fn properties(&self) -> &Properties {
        &self.properties
    }

    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    /// The behavior of that number.
    #[inline]
    pub(crate) fn behavior(&self, number: usize) -> &Behavior {
        &self.behaviors[number]
    }

    /// Each behavior with the share of the users who have it.
    pub(crate) fn behaviors(&self) -> impl Iterator<Item = (&Behavior, f64)> {
        self.behaviors.iter().zip(self.behavior_shares.iter().copied())
    }

    /// The names of the personas, if there are any.
    pub(crate) fn persona_names(&self) -> &[String] {
        &self.persona_names
    }

    /// The duration that no session exceeds, in milliseconds.
    pub(crate) fn longest_session_ms(&self) -> u64 {
        self.behaviors.iter().map(|behavior| behavior.longest_session_ms).max().unwrap_or_default()
    }

    /// How users are exposed to experiments.
    #[inline]
    pub(crate) fn exposures(&self) -> &Exposures {
        &self.exposures
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// True if a session may start at `time`: before the end of the run, and early enough to finish
    /// within virtual time.
    pub(crate) fn may_start(&self, time: VirtualTime) -> bool {
        let longest_ms = self.longest_session_ms();
        self.population.comes_at(time) && time.checked_add_millis(longest_ms).is_some()
    }

    /// The time from an event to those that it schedules, at most, in milliseconds.
    pub(crate) fn horizon_ms(&self) -> u64 {
        let longest_gap_ms = self.behaviors.iter().map(Behavior::longest_gap_ms).max();
        let cycle_ms = self.longest_session_ms().saturating_add(longest_gap_ms.unwrap_or_default());
        cycle_ms.max(self.population.ramp_up_ms)
    }
}

/// The behavior of each persona in each combination of variants, and the names that they use; none where one of them cannot be.
fn behaviors(
    scenario: &Scenario,
    personas: &[PersonaScenario],
    problems: &mut Vec<Problem>,
) -> Option<(Vec<Behavior>, Names)> {
    let mut custom = Vec::new();
    let mut calibrations = Vec::with_capacity(personas.len());
    for persona in personas {
        let mut own = Vec::new();
        calibrations.push(match &persona.scenario.flow {
            None => Calibration::new(&persona.scenario, &mut custom, &mut own),
            Some(flow) => {
                for name in flow.custom_event_names() {
                    if !custom.iter().any(|known| known == name) {
                        custom.push(name.to_owned());
                    }
                }
                None
            }
        });
        add_new(problems, own.into_iter().map(|problem| persona.place(problem)));
    }
    let mut names = Names::new(scenario, custom);
    let mut behaviors = Vec::with_capacity(personas.len());
    let mut known: Vec<(&[Journey], Vec<JourneyPath>)> = Vec::new();
    for (persona, calibration) in personas.iter().zip(calibrations) {
        let mut own = Vec::new();
        behaviors.push(match (&persona.scenario.flow, calibration) {
            (Some(flow), _) => {
                Behavior::of_flow(&persona.scenario, &names.add_flow(flow), &mut own)
            }
            (None, None) => None,
            (None, Some(calibration)) => {
                let journeys = persona.scenario.user_journeys.as_slice();
                let paths = match known.iter().find(|(same, _)| *same == journeys) {
                    Some((_, paths)) => paths.clone(),
                    None => names.add_journeys(journeys),
                };
                known.push((journeys, paths.clone()));
                Behavior::new(&persona.scenario, calibration, paths, &mut own)
            }
        });
        add_new(problems, own.into_iter().map(|problem| persona.place(problem)));
    }
    Some((behaviors.into_iter().collect::<Option<_>>()?, names))
}

/// Adds problems, but not those of one persona once for every combination.
fn add_new(problems: &mut Vec<Problem>, found: impl Iterator<Item = Problem>) {
    for problem in found {
        let is_known =
            |known: &Problem| known.path == problem.path && known.message == problem.message;
        if !problems.iter().any(is_known) {
            problems.push(problem);
        }
    }
}
