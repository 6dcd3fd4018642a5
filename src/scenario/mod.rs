//! The scenario: what the user wrote, one YAML file.

mod defaults;
mod digest;
mod event_keys;
mod field;
mod journey_names;
mod limits;
mod problem;
mod read;
mod schema;
mod section;
pub mod shipped;
mod source;
mod spelling;
mod yaml;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::time::VirtualTime;

pub use limits::FILE_BYTES;
pub use problem::{Position, Problem, Problems, Severity};
pub use read::check_seconds;
pub use source::{Loaded, Source};
pub use spelling::nearest;

/// One scenario: who visits the site, how they behave, and where the events go.
///
/// Every field has the default of the [scenario reference]; [`Scenario::default`] is the scenario
/// of an empty file.
///
/// [scenario reference]: https://github.com/event-simulator/event-simulator/blob/main/docs/scenario.md
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// The seed of all randomness. The same scenario and seed give the same timeline.
    pub seed: u64,
    /// Virtual time zero, in RFC 3339.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start_time: VirtualTime,
    /// How many users, for how long, how fast, and where to.
    pub simulation: Simulation,
    /// The ranges that every session keeps.
    pub user_behavior: UserBehavior,
    /// Each event's share of all events, or the word `auto`.
    pub event_probabilities: EventProbabilities,
    /// The pages of the site, for random browsing.
    #[schemars(length(min = 1, max = limits::LIST_ENTRIES), inner(length(min = 1, max = limits::MAX_NAME_CHARS)))]
    pub pages: Vec<String>,
    /// The buttons of the site, for random clicking.
    #[schemars(length(max = limits::LIST_ENTRIES), inner(length(min = 1, max = limits::MAX_NAME_CHARS)))]
    pub buttons: Vec<String>,
    /// The paths that users take through the site.
    #[schemars(length(min = 1, max = limits::LIST_ENTRIES))]
    pub user_journeys: Vec<Journey>,
    /// How sending behaves.
    pub advanced: Advanced,
    /// How `run` sends, as the flags of `replay --help` do, with `_` for `-`. It stands here as it was
    /// written; what it may hold is for the replay to say.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub replay: serde_json::Map<String, serde_json::Value>,
}

impl Scenario {
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
    ///
    /// # Errors
    /// None that is known: every scenario can be written.
    pub fn to_yaml(&self) -> Result<String, serde_yaml::ser::Error> {
        serde_yaml::to_string(self)
    }
}

/// The `simulation` section.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Simulation {
    /// Users who live side by side.
    #[schemars(range(min = limits::USERS.min, max = limits::USERS.max))]
    pub num_users: u32,
    /// No session starts after this many seconds; open ones finish. 0 is without end.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub duration_seconds: f64,
    /// The users' first sessions start uniformly within this many seconds.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub ramp_up_seconds: f64,
    /// Seconds between a user's events when `advanced.human_like_delays` is false.
    #[schemars(range(min = limits::POSITIVE_SECONDS.min, max = limits::POSITIVE_SECONDS.max))]
    pub base_interval: f64,
    /// The share by which each such interval varies, either way.
    #[schemars(range(min = limits::SHARE.min, max = limits::SHARE.max))]
    pub interval_variance: f64,
    /// Where events are sent.
    #[schemars(url, regex(pattern = "^https?://"))]
    pub api_url: String,
    /// Seconds that one request may take.
    #[schemars(range(min = limits::POSITIVE_SECONDS.min, max = limits::POSITIVE_SECONDS.max))]
    pub timeout: f64,
}

/// The `user_behavior` section: the ranges that every session keeps.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserBehavior {
    /// Seconds that a session lasts at least.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub session_duration_min: f64,
    /// Seconds that a session lasts at most.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub session_duration_max: f64,
    /// Fewest pages in a session.
    #[schemars(range(min = limits::PAGES_PER_SESSION.min, max = limits::PAGES_PER_SESSION.max))]
    pub pages_per_session_min: u32,
    /// Most pages in a session.
    #[schemars(range(min = limits::PAGES_PER_SESSION.min, max = limits::PAGES_PER_SESSION.max))]
    pub pages_per_session_max: u32,
    /// Seconds on one page at least.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub time_per_page_min: f64,
    /// Seconds on one page at most.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub time_per_page_max: f64,
    /// Fewest actions on one page.
    #[schemars(range(min = limits::CLICKS_PER_PAGE.min, max = limits::CLICKS_PER_PAGE.max))]
    pub clicks_per_page_min: u32,
    /// Most actions on one page.
    #[schemars(range(min = limits::CLICKS_PER_PAGE.min, max = limits::CLICKS_PER_PAGE.max))]
    pub clicks_per_page_max: u32,
    /// Seconds until the same user comes back, at least.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub time_between_sessions_min: f64,
    /// Seconds until the same user comes back, at most.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub time_between_sessions_max: f64,
}

/// The `event_probabilities` section.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EventProbabilities {
    /// The word `auto`: no condition on the mix.
    Auto(AutoWord),
    /// Name to share of all events; what is not named does not occur.
    Shares(BTreeMap<String, f64>),
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoWord {
    /// Uniform counts within the ranges, every page closed.
    Auto,
}

/// One entry of `user_journeys`: a path that a share of the sessions takes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// What it is called; unique. Without a name it is called after its path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(min = 1, max = limits::MAX_NAME_CHARS))]
    pub name: String,
    /// The share of sessions that take it; all journeys sum to 1.
    #[schemars(range(min = limits::SHARE.min, max = limits::SHARE.max))]
    pub probability: f64,
    /// The session's first pages, in order. Empty: random pages only.
    #[serde(default)]
    #[schemars(length(max = limits::LIST_ENTRIES), inner(length(min = 1, max = limits::MAX_NAME_CHARS)))]
    pub path: Vec<String>,
    /// The buttons that 70 % of the clicks on this journey's pages go to.
    #[serde(default)]
    #[schemars(length(max = limits::LIST_ENTRIES), inner(length(min = 1, max = limits::MAX_NAME_CHARS)))]
    pub likely_clicks: Vec<String>,
}

/// The `advanced` section.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Advanced {
    /// One line an event on standard error while sending.
    pub verbose: bool,
    /// Seconds between statistics while sending; 0 is only at the end.
    #[schemars(range(min = limits::SECONDS.min, max = limits::SECONDS.max))]
    pub stats_interval: f64,
    /// Whether a failed request is tried again.
    pub retry_on_failure: bool,
    /// How often a failed request is tried again at most.
    #[schemars(range(min = limits::RETRIES.min, max = limits::RETRIES.max))]
    pub max_retries: u32,
    /// False for a fixed pace: see `simulation.base_interval`.
    pub human_like_delays: bool,
    /// Whether the timeline is also written to a file while sending.
    pub save_to_file: bool,
    /// That file.
    #[schemars(length(min = 1))]
    pub output_file: String,
    /// The request's User-Agent.
    #[schemars(length(min = 1), regex(pattern = "^[ -~]+$"))]
    pub user_agent: String,
}
