//! The table of a scenario's keys.
//!
//! A row is a key: its doc line, name, type, default, and its kind, which knows range and unit. From
//! the rows come the structs and their defaults, the reader with its advice, the check, the JSON
//! Schema, the starter file and the tables of `docs/scenario.md`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::at_end::AtEnd;
use super::behavior_keys::{Distributions, Journey, UserBehavior};
use super::defaults;
use super::event_probabilities::EventProbabilities;
use super::events::{EventSpec, Named, NamedOf};
use super::experiments::Experiment;
use super::faults::FaultSpec;
use super::flow::{FlowSpec, OwnPage};
use super::key_rows::keys;
use super::kinds::{
    EventShares, FILE_NAME, Flag, Group, HEADER_VALUE, HTTP_URL, ListOf, NAME, NameList, OneOf,
    Owned, SECONDS, SECONDS_ABOVE_0, SHARE, Timestamp, Whole,
};
use super::limits::MAX_USERS;
use super::policy::PolicySpec;
use super::section::{Keys, Section};
use super::traffic::TrafficSpec;
use super::users::{Sessions, Users};
use crate::time::VirtualTime;

keys! {
    /// One scenario: who visits the site, how they behave, and where the events go.
    ///
    /// Every field has the default of the [scenario reference]; [`Scenario::default`] is the scenario
    /// of an empty file.
    ///
    /// [scenario reference]: https://github.com/event-simulator/event-simulator/blob/main/docs/scenario.md
    pub struct Scenario {
        /// The seed of all randomness. The same scenario and seed give the same events, byte for byte.
        /// `run` draws one where none is said.
        seed: u64 = 0, Whole(0, u64::MAX);
        /// The beginning of virtual time, in RFC 3339. Digits beyond the millisecond are cut off.
        /// `run` begins now where none is said.
        start_time: VirtualTime = defaults::START_TIME, Timestamp;
        /// The number of users, the time and pace of their events, and where those are sent.
        simulation: SimulationSection = SimulationSection::default(), Group;
        /// The ranges that every session keeps; times in seconds.
        user_behavior: UserBehavior = UserBehavior::default(), Group;
        /// The share of each event among all events; they sum to 1. A name of your own is a custom event.
        /// The word `auto` instead puts no condition on the mix.
        event_probabilities: EventProbabilities = EventProbabilities::default(), EventShares;
        /// The pages of the site, for random browsing.
        pages: Vec<String> = strings(&defaults::PAGES),
            NameList { item: NAME, least: 1, is_unique: true };
        /// The buttons of the site, for random clicking.
        buttons: Vec<String> = strings(&defaults::BUTTONS),
            NameList { item: NAME, least: 0, is_unique: true };
        /// The paths that sessions begin with; their probabilities sum to 1.
        user_journeys: Vec<Journey> = journeys(), ListOf { least: 1 };
        /// The shapes of what people do within the ranges; the defaults are even ones.
        distributions: Distributions = Distributions::default(), Group;
        /// The users: personas, attributes, devices, accounts; see docs/users.md.
        #[serde(skip_serializing_if = "is_default")]
        users: Users = Users::default(), Group;
        /// The attributes of sessions; see docs/users.md.
        #[serde(skip_serializing_if = "is_default")]
        sessions: Sessions = Sessions::default(), Group;
        /// A session as a Markov chain over pages, in place of `event_probabilities` and `user_journeys`; see
        /// docs/flows.md.
        #[serde(skip_serializing_if = "Option::is_none")]
        flow: Option<FlowSpec> = None, OwnPage::FLOW;
        /// The experiments between whose variants users are divided; see docs/experiments.md.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        experiments: Vec<Experiment> = Vec::new(), ListOf { least: 0 };
        /// The properties that events carry, by the type of event; see docs/properties.md.
        #[serde(skip_serializing_if = "Named::is_empty")]
        events: Named<EventSpec> = Named::default(), NamedOf::EVENTS;
        /// When users come, and when they leave for good: hours, weekdays, special days, new users, retention; see
        /// docs/traffic.md.
        #[serde(skip_serializing_if = "Option::is_none")]
        traffic: Option<TrafficSpec> = None, OwnPage::TRAFFIC;
        /// What arrives is not what happened: late, lost, doubled and damaged events; see docs/faults.md.
        #[serde(skip_serializing_if = "Named::is_empty")]
        faults: Named<FaultSpec> = Named::default(), NamedOf::FAULTS;
        /// The rules by which a pipeline is meant to read what arrives; see docs/policies.md.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<PolicySpec> = None, OwnPage::POLICY;
        /// The behaviour of sending, and the pace.
        advanced: Advanced = Advanced::default(), Group;
        /// The way `run` sends: the options of `replay --help`, with `_` for `-`.
        #[serde(skip_serializing_if = "Map::is_empty")]
        replay: Map<String, Value> = Map::new(), Owned;
    }
}

keys! {
    /// The `simulation` section.
    pub struct SimulationSection {
        /// The users, who live side by side.
        num_users: u32 = 10, Whole(1, MAX_USERS);
        /// No session starts after this. 0 is without end.
        duration_seconds: f64 = 300.0, SECONDS;
        /// The end of the run for sessions that are open then: they finish, or are cut and stay without
        /// an end.
        at_end: AtEnd = AtEnd::Finish, OneOf(&AtEnd::WORDS);
        /// The time within which the users' first sessions start, uniformly.
        ramp_up_seconds: f64 = 10.0, SECONDS;
        /// The seconds between a user's events if `human_like_delays` is false.
        base_interval: f64 = 0.6, SECONDS_ABOVE_0;
        /// The share by which each such interval varies, either way.
        interval_variance: f64 = 0.5, SHARE;
        /// The URL that events are sent to.
        api_url: String = "http://localhost:8000/api/events".to_owned(), HTTP_URL;
        /// The longest time for one request, in seconds.
        timeout: f64 = 5.0, SECONDS_ABOVE_0;
    }
}

keys! {
    /// The `advanced` section.
    pub struct Advanced {
        /// A line for each event on standard error while sending.
        verbose: bool = false, Flag;
        /// The seconds between statistics while sending; 0 is only at the end.
        stats_interval: f64 = 30.0, SECONDS;
        /// A failed request is tried again.
        retry_on_failure: bool = true, Flag;
        /// The most times that a request is tried again.
        max_retries: u32 = 3, Whole(0, 1_000_u32);
        /// The pace of people; false is a fixed pace, see `base_interval`.
        human_like_delays: bool = true, Flag;
        /// What is sent is appended to a file, as it is sent.
        save_to_file: bool = false, Flag;
        /// The name of that file.
        output_file: String = "simulated_events.jsonl".to_owned(), FILE_NAME;
        /// The request's User-Agent.
        user_agent: String = defaults::USER_AGENT.to_owned(), HEADER_VALUE;
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn journeys() -> Vec<Journey> {
    let journey = |&(name, probability, path, likely_clicks): &_| Journey {
        name: String::from(name),
        probability,
        path: strings(path),
        r#continue: Vec::new(),
        likely_clicks: strings(likely_clicks),
    };
    defaults::JOURNEYS.iter().map(journey).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
