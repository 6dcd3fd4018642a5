//! The table of a scenario's keys.
//!
//! A row is a key: its doc line, name, type, default, and its kind, which knows range and unit. From
//! the rows come the structs and their defaults, the reader with its advice, the check, the JSON
//! Schema, the starter file and the tables of `docs/scenario.md`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::at_end::AtEnd;
use super::defaults;
use super::distributions::{FirstStarts, PageCountShape};
use super::event_probabilities::EventProbabilities;
use super::events::{EventSpec, Named, NamedOf};
use super::flow::{FlowKind, FlowSpec};
use super::key_rows::keys;
use super::kinds::{
    Decimal, EventShares, FILE_NAME, Flag, Group, HEADER_VALUE, HTTP_URL, ListOf, NAME, NameList,
    OneOf, Optional, Owned, Required, SECONDS, SECONDS_ABOVE_0, SHARE, Timestamp, Whole,
};
use super::limits::MAX_USERS;
use super::section::{Keys, Section};
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
        seed: u64 = 0, Whole(0, u64::MAX);
        /// The beginning of virtual time, in RFC 3339. Digits beyond the millisecond are cut off.
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
        /// A session as a Markov chain over pages, in place of `event_probabilities` and `user_journeys`; see
        /// docs/flows.md.
        #[serde(skip_serializing_if = "Option::is_none")]
        flow: Option<FlowSpec> = None, FlowKind;
        /// The properties that events carry, by the type of event; see docs/properties.md.
        #[serde(skip_serializing_if = "Named::is_empty")]
        events: Named<EventSpec> = Named::default(), NamedOf::EVENTS;
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
    /// The `user_behavior` section: the ranges that every session keeps.
    pub struct UserBehavior {
        /// The shortest session.
        session_duration_min: f64 = 60.0, SECONDS;
        /// The longest session.
        session_duration_max: f64 = 600.0, SECONDS;
        /// The fewest pages in a session.
        pages_per_session_min: u32 = 3, PAGES_PER_SESSION;
        /// The most pages in a session.
        pages_per_session_max: u32 = 15, PAGES_PER_SESSION;
        /// The shortest time from a page's visit to its exit.
        time_per_page_min: f64 = 10.0, SECONDS;
        /// The longest time from a page's visit to its exit.
        time_per_page_max: f64 = 120.0, SECONDS;
        /// The fewest actions on a page, such as clicks.
        clicks_per_page_min: u32 = 0, CLICKS_PER_PAGE;
        /// The most actions on a page.
        clicks_per_page_max: u32 = 8, CLICKS_PER_PAGE;
        /// The shortest time until the same user comes back, one millisecond at least.
        time_between_sessions_min: f64 = 10.0, SECONDS;
        /// The longest time until the same user comes back.
        time_between_sessions_max: f64 = 60.0, SECONDS;
    }
}

keys! {
    /// One entry of `user_journeys`: a path that a share of the sessions takes.
    pub struct Journey {
        /// The name, unique. Without one a journey is called after its path, as `home_products` (`_2`
        /// follows where that is taken), or `random`.
        #[serde(skip_serializing_if = "String::is_empty")]
        name: String = String::new(), Optional(NAME);
        /// The share of the sessions that take it.
        probability: f64 = 1.0, Required { kind: SHARE, example: "0.25" };
        /// The session's first pages, in order; they need not be among `pages`. Empty: random browsing.
        path: Vec<String> = Vec::new(),
            NameList { item: NAME, least: 0, is_unique: false };
        /// The buttons that 70 % of the clicks on the path's pages go to.
        likely_clicks: Vec<String> = Vec::new(),
            NameList { item: NAME, least: 0, is_unique: false };
    }
}

keys! {
    /// The `distributions` section: shapes as those of real sites.
    pub struct Distributions {
        /// The shape of the number of pages in a session. Range and mean are kept either way;
        /// `heavy_tailed` has many sessions of the fewest pages and a few very long ones.
        pages_per_session: PageCountShape = PageCountShape::Geometric, OneOf(&PageCountShape::WORDS);
        /// The exponent of Zipf's law by which `pages` are popular, in their order; 0 is all alike.
        page_popularity: f64 = 0.0, Decimal { min: 0.0, max: 3.0, unit: "" };
        /// The median of the time on a page, which is then log-normal within its range; 0: uniform.
        time_per_page_median: f64 = 0.0, SECONDS;
        /// The time on a page below which nine of ten are, before the range cuts.
        time_per_page_p90: f64 = 0.0, SECONDS;
        /// The median of the time until the same user comes back, likewise; 0: uniform.
        time_between_sessions_median: f64 = 0.0, SECONDS;
        /// The time until the same user comes back below which nine of ten are, before the range cuts.
        time_between_sessions_p90: f64 = 0.0, SECONDS;
        /// When users first come: within `ramp_up_seconds`, or `stationary`, as if the site had always
        /// been there, so that sessions start at an even rate from the beginning on.
        first_starts: FirstStarts = FirstStarts::RampUp, OneOf(&FirstStarts::WORDS);
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
        /// A copy of what is sent goes to a file.
        save_to_file: bool = false, Flag;
        /// The name of that file.
        output_file: String = "simulated_events.jsonl".to_owned(), FILE_NAME;
        /// The request's User-Agent.
        user_agent: String = defaults::USER_AGENT.to_owned(), HEADER_VALUE;
    }
}

const PAGES_PER_SESSION: Whole<u32> = Whole(1, 10_000);
const CLICKS_PER_PAGE: Whole<u32> = Whole(0, 10_000);

fn journeys() -> Vec<Journey> {
    let journey = |&(name, probability, path, likely_clicks): &_| Journey {
        name: String::from(name),
        probability,
        path: strings(path),
        likely_clicks: strings(likely_clicks),
    };
    defaults::JOURNEYS.iter().map(journey).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
