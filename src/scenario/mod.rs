//! The scenario: the YAML file that the user wrote.
//!
//! The table of all keys is in `keys.rs`. A visit of the keys reads a file into the struct, or checks
//! a struct as it is, or describes the keys:
//!
//! ```text
//! yaml -> key_value -> section -> kinds -> keys -> check    -> Loaded, Scenario::compile
//!                                              \-> describe -> Scenario::schema, starter
//! ```

mod at_end;
mod behavior_keys;
mod check;
mod declared;
mod defaults;
mod describe;
mod digest;
mod distributions;
mod event_probabilities;
pub mod events;
pub mod experiments;
pub mod faults;
pub mod flow;
mod journey_names;
mod key_rows;
mod key_value;
mod keys;
pub mod kinds;
mod limits;
mod loaded;
mod misplaced;
mod owners;
mod path;
mod personas;
pub mod policy;
mod problem;
mod replaced;
mod scenario_key;
mod section;
mod shares;
pub mod shipped;
mod side_files;
mod spelling;
mod starter;
pub mod traffic;
mod unknown_key;
mod users;
mod yaml;
mod yaml_text;

use crate::event::BuiltIn;

pub use at_end::AtEnd;
pub use behavior_keys::{Distributions, Journey, UserBehavior};
pub(crate) use declared::DeclaredFunnel;
pub use distributions::{FirstStarts, PageCountShape};
pub use event_probabilities::{AutoWord, EventProbabilities};
pub(crate) use experiments::{Combinations, PropertyEffect};
pub use key_value::KeyValue;
pub use keys::{Advanced, Scenario, SimulationSection};
pub use limits::MAX_USERS;
pub use loaded::{Loaded, SourceMap};
pub(crate) use owners::OwnerAttributes;
pub(crate) use personas::PersonaScenario;
pub use problem::{Position, Problem, Problems, Severity};
pub use scenario_key::ScenarioKey;
pub use section::{KeyKind, Keys, OwnedSection, Section, Visit};
pub use side_files::SideFiles;
pub use spelling::nearest;
pub use starter::starter;
pub use users::ANONYMOUS_ID;
pub use users::{Channels, DeviceKinds, Devices, Identity, Persona, Sessions, Users};
pub(crate) use users::{MOST_DEVICES, OWNERS, PERSONA};

impl Scenario {
    /// The names of the custom events, in alphabetical order: those of the flow, if there is one, or of the mix.
    pub fn custom_event_names(&self) -> Vec<&str> {
        match (&self.flow, &self.event_probabilities) {
            (Some(flow), _) => flow.custom_event_names(),
            (None, EventProbabilities::Auto(_)) => Vec::new(),
            (None, EventProbabilities::Shares(shares)) => {
                let names = shares.keys().map(String::as_str);
                names.filter(|name| BuiltIn::of_key(name).is_none()).collect()
            }
        }
    }

    /// Reads a scenario from YAML text; an empty one has all defaults.
    ///
    /// ```
    /// use event_simulator::Scenario;
    ///
    /// let scenario = Scenario::from_yaml("simulation: { num_users: 25 }")?;
    /// assert_eq!(scenario.simulation.num_users, 25);
    ///
    /// let problems = Scenario::from_yaml("simulation: { num_user: 25 }").unwrap_err();
    /// assert!(problems.to_string().contains("did you mean `num_users`?"));
    /// # Ok::<(), event_simulator::scenario::Problems>(())
    /// ```
    ///
    /// # Errors
    /// All problems of the text, if one of them is an error.
    pub fn from_yaml(text: &str) -> Result<Self, Problems> {
        Loaded::from_yaml(text, "scenario").map(|loaded| loaded.scenario)
    }

    /// This scenario as YAML, every key written out. Reading it gives an equal scenario.
    pub fn to_yaml(&self) -> String {
        self.to_masked_yaml(&[])
    }

    /// This scenario as YAML, every key written out, without what the owners of its sections do not show.
    pub fn to_masked_yaml(&self, owners: &[OwnedSection]) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(mut keys)) => {
                for owner in owners {
                    owner.mask_in(&mut keys);
                }
                yaml_text::block(&keys, 0)
            }
            // Plain data can always be written to memory.
            _ => String::new(),
        }
    }
}
