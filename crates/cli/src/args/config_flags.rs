//! The flags of a replay's options; `replay` and `run` share them.
//!
//! They are made from the table of options, so that a flag and a scenario's key have one name, one
//! meaning and one check.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use event_simulator_replay::{Config, ConfigOption, OPTIONS, OptionGroup, OptionKind};
use event_simulator_timeline::read_rules;

use crate::failure::Failure;

/// The options that were given, in the order of the table, each with its values. Those that are about
/// a file to read are only for `IS_RECORDED` timelines.
#[derive(Debug, Default)]
pub(crate) struct ConfigFlags<const IS_RECORDED: bool> {
    given: Vec<(&'static ConfigOption, Vec<OsString>)>,
}

/// Options that a live simulation has no use for as flags.
const RECORDED_ONLY: [&str; 6] = ["start_at", "from", "until", "journal", "resume", "strict"];

impl<const IS_RECORDED: bool> ConfigFlags<IS_RECORDED> {
    fn offered() -> impl Iterator<Item = &'static ConfigOption> {
        OPTIONS.iter().filter(|option| IS_RECORDED || !RECORDED_ONLY.contains(&option.name))
    }

    /// Puts what was given in place of what `config` says.
    pub(crate) fn apply(&self, config: &mut Config) -> Result<(), Failure> {
        for (option, values) in &self.given {
            if matches!(option.kind, OptionKind::Lines(_)) {
                set_lines(option, values, config)?;
                continue;
            }
            for value in values {
                option.set(config, value).map_err(|reason| {
                    Failure::Usage(format!("--{}: {reason}", flag_name(option)))
                })?;
            }
        }
        Ok(())
    }
}

/// Puts the lines of files in place of what the option has; what is wrong is told all at once.
fn set_lines(
    option: &ConfigOption,
    files: &[OsString],
    config: &mut Config,
) -> Result<(), Failure> {
    option.unset(config);
    for file in files {
        read_rules(Path::new(file), |line| option.set(config, line))
            .map_err(|error| Failure::Usage(error.to_string()))?;
    }
    Ok(())
}

impl<const IS_RECORDED: bool> Args for ConfigFlags<IS_RECORDED> {
    fn augment_args(command: Command) -> Command {
        command.args(Self::offered().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const IS_RECORDED: bool> FromArgMatches for ConfigFlags<IS_RECORDED> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let values = |option: &'static ConfigOption| match option.kind {
            OptionKind::Switch => {
                matches.get_flag(option.name).then(|| vec![OsString::from("true")])
            }
            _ => matches.get_raw(option.name).map(|values| values.map(OsString::from).collect()),
        };
        let given = Self::offered().filter_map(|option| Some((option, values(option)?)));
        Ok(Self { given: given.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(option: &'static ConfigOption) -> Arg {
    let mut flag = Arg::new(option.name)
        .long(flag_name(option))
        .help(help(option))
        .help_heading(heading(option.group));
    flag = match option.kind {
        OptionKind::Switch => return flag.action(ArgAction::SetTrue),
        OptionKind::List(_) => {
            flag.action(ArgAction::Append).value_parser(OsStringValueParser::new())
        }
        OptionKind::Text | OptionKind::File | OptionKind::Lines(_) => {
            flag.value_parser(OsStringValueParser::new())
        }
        OptionKind::Choice(choices) => {
            let words =
                choices.iter().map(|(word, meaning)| PossibleValue::new(*word).help(*meaning));
            flag.value_parser(PossibleValuesParser::new(words))
        }
        OptionKind::Whole(..)
        | OptionKind::Number(..)
        | OptionKind::Duration
        | OptionKind::Parsed(_) => {
            flag.value_parser(|text: &str| option.check(text).map(|()| text.to_owned()))
        }
    };
    flag = flag.value_name(option.placeholder);
    flag = match option.name {
        "headers" => flag.short('H'),
        "per_lane" => flag.alias("key-field"),
        _ => flag,
    };
    if let Some(other) = option.excludes {
        flag = flag.conflicts_with(other);
    }
    if let Some(other) = option.requires {
        flag = flag.requires(other);
    }
    flag
}

/// A header or property is given alone, as often as wanted; a scenario has a list of them.
fn flag_name(option: &ConfigOption) -> String {
    match option.name {
        "headers" => "header".to_owned(),
        "kafka_options" => "kafka-option".to_owned(),
        name => name.replace('_', "-"),
    }
}

fn help(option: &ConfigOption) -> String {
    let doc = option.doc.trim_end_matches('.');
    match option.default {
        Some(default) if !matches!(option.kind, OptionKind::Switch) => {
            format!("{doc} [default: {default}]")
        }
        _ => doc.to_owned(),
    }
}

fn heading(group: OptionGroup) -> &'static str {
    match group {
        OptionGroup::Pace => "Pace",
        OptionGroup::Request => "Request (${NAME} is taken from the environment)",
        OptionGroup::Flow => "Flow",
        OptionGroup::Fields => "Fields (any JSON lines can be replayed)",
        OptionGroup::Safety => "Safety",
    }
}
