//! The scenario that a command works on, and the flags that override its keys.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use event_simulator::VirtualTime;
use event_simulator::model::Model;
use event_simulator::quantity::parse_duration;
use event_simulator::scenario::kinds::{SECONDS, ScalarKind};
use event_simulator::scenario::shipped::{self, Shipped};
use event_simulator::scenario::{AtEnd, Loaded, OwnedSection, Scenario, nearest};
use event_simulator_replay::Config;
use event_simulator_timeline::read_scenario;

use crate::error_form::tell_problems;
use crate::failure::Failure;

/// The sections of a scenario that belong to other parts of the program.
pub(crate) const OWNERS: [OwnedSection; 1] = [event_simulator_replay::SECTION];

/// The scenario that is used if none is named and this file is in the working directory.
pub(crate) const DEFAULT_FILE: &str = "event_simulator_config.yaml";
/// The scenario that is used if none is named and there is no such file.
const DEFAULT_SHIPPED: &str = "normal-traffic";

/// The scenario to work on, with overrides.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ScenarioArgs {
    /// A scenario file, `-` for standard input, or the name of a shipped scenario (`init --list`) [default:
    /// `event_simulator_config.yaml` if it is there, else `normal-traffic`]
    scenario: Option<String>,

    #[command(flatten)]
    overrides: ScenarioOverrides,
}

/// Flags that win over a scenario's keys.
#[derive(Debug, Default, PartialEq, clap::Args)]
pub(crate) struct ScenarioOverrides {
    /// Overrides `seed`
    #[arg(long, value_name = "N", help_heading = "Scenario overrides", value_parser = seed)]
    seed: Option<u64>,

    /// Overrides `simulation.num_users`
    #[arg(long, value_name = "N", help_heading = "Scenario overrides",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(event_simulator::MAX_USERS)))]
    users: Option<u32>,

    /// Overrides `simulation.duration_seconds`: such as 90s, 5m, 1h30m; 0 is without end
    #[arg(long, value_name = "TIME", help_heading = "Scenario overrides", value_parser = duration,
          allow_negative_numbers = true)]
    duration: Option<f64>,

    /// Overrides `simulation.at_end`: sessions that are open at the end finish, or are cut
    #[arg(long, value_name = "finish|cut", help_heading = "Scenario overrides",
          value_parser = at_end)]
    at_end: Option<AtEnd>,

    /// Overrides `start_time`: RFC 3339, or `now`
    #[arg(long, value_name = "TIME", help_heading = "Scenario overrides", value_parser = start)]
    start: Option<VirtualTime>,
}

impl ScenarioArgs {
    /// Reads the scenario, prints its warnings, and applies the overrides.
    pub(crate) fn load(&self) -> Result<Loaded, Failure> {
        self.overrides.load(self.scenario.as_deref())
    }

    /// Has a scenario happen now, and once only, unless it or a flag says otherwise: a start time that nobody said is the
    /// present, and a seed that nobody said is drawn. Gives the flags that have the same events again, if any are needed.
    pub(crate) fn make_live(&self, loaded: &mut Loaded) -> Option<String> {
        let is_said = |key: &str, is_flag: bool| is_flag || loaded.source.says(key);
        let mut flags = Vec::new();
        if !is_said("seed", self.overrides.seed.is_some()) {
            loaded.scenario.seed = drawn_seed();
            flags.push(format!("--seed {}", loaded.scenario.seed));
        }
        if !is_said("start_time", self.overrides.start.is_some())
            && let Ok(now) = start("now")
        {
            loaded.scenario.start_time = now;
            flags.push(format!("--start {now}"));
        }
        (!flags.is_empty()).then(|| flags.join(" "))
    }
}

/// A seed that is short enough to be typed.
fn drawn_seed() -> u64 {
    const SEEDS: u64 = 1_000_000_000;
    // The standard library keys its hashers with random numbers of the system.
    RandomState::new().hash_one(SystemTime::now()) % SEEDS
}

impl ScenarioOverrides {
    /// Reads the scenario of that name, or the default one, prints its warnings, and sets the keys
    /// whose flags were given.
    pub(crate) fn load(&self, scenario: Option<&str>) -> Result<Loaded, Failure> {
        let mut loaded = match scenario {
            Some(name) => named(name)?,
            None => unnamed()?,
        };
        if !loaded.warnings.is_empty() {
            tell_problems(&loaded.warnings);
        }
        self.apply(&mut loaded.scenario);
        Ok(loaded)
    }

    fn apply(&self, scenario: &mut Scenario) {
        let simulation = &mut scenario.simulation;
        override_with(&mut scenario.seed, self.seed);
        override_with(&mut simulation.num_users, self.users);
        override_with(&mut simulation.duration_seconds, self.duration);
        override_with(&mut simulation.at_end, self.at_end);
        override_with(&mut scenario.start_time, self.start);
    }
}

/// Compiles a scenario; what cannot be is reported with the lines of its file.
pub(crate) fn compile(loaded: &Loaded) -> Result<Model, Failure> {
    loaded.scenario.compile().map_err(|error| {
        Failure::Scenario(loaded.source.problems(error.problems().iter().cloned()))
    })
}

/// The configuration for sending a scenario's events; what cannot be is reported with the lines of its
/// file.
pub(crate) fn replay_config(loaded: &Loaded) -> Result<Config, Failure> {
    Config::for_scenario(&loaded.scenario)
        .map_err(|problems| Failure::Scenario(loaded.source.problems(problems)))
}

fn override_with<T>(value: &mut T, other: Option<T>) {
    if let Some(other) = other {
        *value = other;
    }
}

/// Reads the scenario that an argument names: a file, or a shipped one.
pub(crate) fn named(name: &str) -> Result<Loaded, Failure> {
    let path = Path::new(name);
    let shipped = shipped::find(name);
    match shipped {
        Some(shipped) if !path.is_file() => Ok(shipped.load()?),
        _ if path.exists() || name == "-" => Ok(read_scenario(path, &OWNERS)?),
        _ => {
            let what = format!("there is no file {name:?} and no shipped scenario of that name");
            Err(unknown(&what, name))
        }
    }
}

/// The shipped scenario called `name`.
pub(crate) fn shipped(name: &str) -> Result<&'static Shipped, Failure> {
    let what = || format!("there is no shipped scenario {name:?}");
    shipped::find(name).ok_or_else(|| unknown(&what(), name))
}

fn unnamed() -> Result<Loaded, Failure> {
    if Path::new(DEFAULT_FILE).exists() {
        return Ok(read_scenario(Path::new(DEFAULT_FILE), &OWNERS)?);
    }
    note!("note: no scenario named and no {DEFAULT_FILE} here: using `{DEFAULT_SHIPPED}`");
    named(DEFAULT_SHIPPED)
}

fn unknown(what: &str, name: &str) -> Failure {
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let near = match nearest(name, names.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    Failure::Usage(format!("{what}{near}\n  shipped scenarios: {}", names.join(", ")))
}

fn seed(text: &str) -> Result<u64, String> {
    let number = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    number.map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Seconds, from a bare number or a time such as `1h30m`.
fn duration(text: &str) -> Result<f64, String> {
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => parse_duration(text)
            .map_err(|error| format!("{error}, nor 0 for without end"))?
            .as_secs_f64(),
    };
    SECONDS.check(&seconds).map(|()| seconds)
}

fn at_end(text: &str) -> Result<AtEnd, String> {
    let found = AtEnd::WORDS.iter().find(|(word, _)| *word == text);
    found.map(|(_, at_end)| *at_end).ok_or_else(|| "expected `finish` or `cut`".to_owned())
}

fn start(text: &str) -> Result<VirtualTime, String> {
    if text != "now" {
        return text.parse().map_err(|error: event_simulator::ParseTimeError| error.to_string());
    }
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since_epoch
        .and_then(|since_epoch| u64::try_from(since_epoch.as_millis()).ok())
        .and_then(VirtualTime::from_millis)
        .ok_or_else(|| "this machine's clock is outside 1970 to 9999".to_owned())
}
