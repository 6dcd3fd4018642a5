//! The program `event-simulator`: one file a command, and this one to choose among them.

/// A line on standard error: a warning or an error.
macro_rules! tell {
    ($($text:tt)*) => {
        $crate::standard_error::print(&format!("{}\n", format_args!($($text)*)))
    };
}

/// A line on standard error, and none with `--quiet`.
macro_rules! note {
    ($($text:tt)*) => {
        $crate::standard_error::print_note(&format!("{}\n", format_args!($($text)*)))
    };
}

/// The same without the line's end.
macro_rules! note_part {
    ($($text:tt)*) => {
        $crate::standard_error::print_note(&format!($($text)*))
    };
}

mod args;
mod commands;
mod error_form;
mod failure;
mod files;
mod interrupt;
mod report;
mod screen;
mod standard_error;
mod standard_output;
mod view;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use commands::{
    check, collector, completions, dbt_seeds, deliver, demo, diff, expect, fields, gauntlet,
    generate, init, man, merge, minimize, plan, replay, report as report_page, run, schema, stats,
    verify, watch,
};
use error_form::{ErrorForm, tell_error};
use failure::Failure;
use screen::ScreenArgs;

/// A deterministic discrete-event simulator of web users.
///
/// One YAML scenario and one seed give one timeline of analytics events, the same bytes on every
/// machine. Write it to a file, or replay it against an ingestion API.
#[derive(Debug, Parser)]
#[command(name = "event-simulator", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  # the whole of it in a minute
  event-simulator demo
  # a day of a shop, the same events from the same seed
  event-simulator generate web-shop --seed 7 -o events.jsonl
  # to a local ingestion API, an hour in a minute
  event-simulator collector -o received.jsonl &
  event-simulator replay events.jsonl --speed 60
  # what was lost, doubled or altered on the way, and why
  event-simulator verify --sent events.jsonl \\
      --received received.jsonl

Each command has examples, too: event-simulator COMMAND --help")]
struct Cli {
    #[command(flatten)]
    screen: ScreenArgs,

    #[command(subcommand)]
    command: Command,

    /// Form of errors and warnings on standard error; json is one object a line
    #[arg(long, global = true, value_name = "FORM", value_enum, default_value_t)]
    errors: ErrorForm,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Watch(watch::WatchArgs),
    Generate(generate::GenerateArgs),
    Merge(merge::MergeArgs),
    Deliver(deliver::DeliverArgs),
    Run(Box<run::RunArgs>),
    Replay(Box<replay::ReplayArgs>),
    Stats(stats::StatsArgs),
    Expect(expect::ExpectArgs),
    DbtSeeds(dbt_seeds::DbtSeedsArgs),
    Verify(verify::VerifyArgs),
    Diff(diff::DiffArgs),
    Minimize(Box<minimize::MinimizeArgs>),
    Gauntlet(Box<gauntlet::GauntletArgs>),
    Report(report_page::ReportArgs),
    Schema(schema::SchemaArgs),
    Fields(fields::FieldsArgs),
    #[command(alias = "sink")]
    Collector(collector::CollectorArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => demo::run(&args),
            Self::Init(args) => init::run(&args),
            Self::Check(args) => check::run(&args),
            Self::Plan(args) => plan::run(&args),
            Self::Watch(args) => watch::run(&args),
            Self::Generate(args) => generate::run(&args),
            Self::Merge(args) => merge::run(&args),
            Self::Deliver(args) => deliver::run(&args),
            Self::Run(args) => run::run(&args),
            Self::Replay(args) => replay::run(&args),
            Self::Stats(args) => stats::run(&args),
            Self::Expect(args) => expect::run(&args),
            Self::DbtSeeds(args) => dbt_seeds::run(&args),
            Self::Verify(args) => verify::run(&args),
            Self::Diff(args) => diff::run(&args),
            Self::Minimize(args) => minimize::run(&args),
            Self::Gauntlet(args) => gauntlet::run(&args),
            Self::Report(args) => report_page::run(&args),
            Self::Schema(args) => schema::run(&args),
            Self::Fields(args) => fields::run(&args),
            Self::Collector(args) => collector::run(&args),
            Self::Completions(args) => completions::run(&args, Cli::command()),
            Self::Man(args) => man::run(&args, Cli::command()),
        }
    }
}

/// Parses the arguments, runs the command, and tells the outcome by the exit code: 0 done, 1 it ran
/// and something failed, 2 bad usage or scenario, 130 interrupted.
fn main() -> ExitCode {
    // Where it cannot be caught, such a limit ends the program as it does any.
    let _ = interrupt::catch_file_size_limit();
    let Cli { screen, command, errors } = parse();
    screen.apply();
    errors.choose();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The arguments. A word too many is not repeated if it may belong to a header or token that was not
/// quoted.
fn parse() -> Cli {
    const SECRET_FLAGS: [&str; 6] = ["-H", "--header", "--bearer", "--basic", "--url", "--proxy"];
    let matches = Cli::command().color(screen::help_color()).try_get_matches();
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).unwrap_or_else(|mut error| {
        let is_flag = |argument: OsString| {
            let argument = argument.to_string_lossy();
            SECRET_FLAGS.iter().any(|flag| argument.starts_with(flag))
        };
        let is_word = error.kind() == ErrorKind::UnknownArgument
            && matches!(error.get(ContextKind::InvalidArg),
                Some(ContextValue::String(word)) if !word.starts_with('-'));
        if is_word && std::env::args_os().any(is_flag) {
            let masked = "*** (quote a header or token that has spaces)".to_owned();
            error.insert(ContextKind::InvalidArg, ContextValue::String(masked));
        }
        if error.use_stderr() && wants_json() {
            ErrorForm::Json.choose();
            let text = error.to_string();
            // Programs need neither the usage nor where it stands.
            let text = text.split("\n\nUsage:").next().unwrap_or_default();
            let text = text.split("\n\nFor more information").next().unwrap_or_default();
            tell_error("usage", text.trim_start_matches("error: ").trim());
            std::process::exit(error.exit_code());
        }
        error.exit()
    })
}

/// True if errors are to be JSON, in arguments that cannot be parsed.
fn wants_json() -> bool {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    arguments.windows(2).any(|pair| pair[0] == "--errors" && pair[1] == "json")
        || arguments.iter().any(|argument| argument == "--errors=json")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns of a narrow terminal. A command that is broken there cannot be copied.
    const COLUMNS: usize = 60;

    #[test]
    fn examples_fit_a_terminal_and_prose_is_left_to_it() {
        let program = Cli::command();
        let commands = program.get_subcommands().filter(|command| command.get_name() != "demo");
        for command in commands.chain([&program]) {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n  "), "{name}: {help}");
            for paragraph in help.split("\n\n") {
                let lines: Vec<&str> = paragraph.lines().collect();
                let prose = lines.iter().filter(|line| !line.starts_with("  "));
                assert_eq!(prose.count(), 1, "{name}: {paragraph}");
                let wide = lines.iter().skip(1).find(|line| line.len() > COLUMNS);
                assert_eq!(wide, None, "{name}");
            }
        }
    }
}
