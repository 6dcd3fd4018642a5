//! `init`: writes a starter scenario.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use event_simulator::scenario;
use event_simulator::scenario::{policy, shipped};
use event_simulator_check::gauntlet::{CASES, GauntletCase};

use crate::args;
use crate::failure::Failure;

/// Write a commented starter scenario, or what else comes with the program
///
/// Without a name, one that shows every key with its default; with a name, that shipped scenario. With --kind a shipped
/// policy, or a case of the gauntlet.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  # event_simulator_config.yaml, every key explained
  event-simulator init
  # the shipped scenarios, and one of them to start from
  event-simulator init --list
  event-simulator init custom-events -o my.yaml
  # to standard output
  event-simulator init -o -
  # the shipped policies, and web.yaml, to be made exact
  event-simulator init --kind policy --list
  event-simulator init --kind policy web
  # late.yaml, that case of the gauntlet as a scenario
  event-simulator init --kind case late")]
pub(crate) struct InitArgs {
    /// The shipped scenario to start from; or with --kind the policy or the case
    name: Option<String>,

    /// What the name is of
    #[arg(long, value_name = "KIND", value_enum, default_value_t)]
    kind: ShippedKind,

    /// Where to write; `-` is standard output [default: `event_simulator_config.yaml`, of a policy or case `NAME.yaml`]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// List what is shipped of that kind
    #[arg(long, conflicts_with_all = ["name", "output", "force"])]
    list: bool,

    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

/// What comes with the program.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ShippedKind {
    /// A scenario
    #[default]
    Scenario,
    /// A policy: the rules of a pipeline
    Policy,
    /// A case of the gauntlet, which is a scenario with one kind of fault
    Case,
}

impl ShippedKind {
    /// The names, each with what it is.
    fn listed(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Scenario => {
                shipped::ALL.iter().map(|one| (one.name, one.purpose().to_owned())).collect()
            }
            Self::Policy => {
                policy::shipped::ALL.iter().map(|one| (one.name, one.purpose())).collect()
            }
            Self::Case => CASES.iter().map(|case| (case.name, case.what().to_owned())).collect(),
        }
    }

    /// The text of that name.
    fn text(self, name: &str) -> Result<&'static str, Failure> {
        let (what, found) = match self {
            Self::Scenario => return Ok(args::scenario::shipped(name)?.without_schema_line()),
            Self::Policy => ("policy", policy::shipped::find(name).map(|policy| policy.yaml)),
            Self::Case => ("case", GauntletCase::find(name).map(|case| case.yaml)),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.listed().into_iter().map(|(name, _)| name).collect();
            let names = names.join(", ");
            Failure::Usage(format!("there is no shipped {what} {name:?}; they are {names}"))
        })
    }
}

pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    if args.list {
        return to_stdout(&list(&args.kind.listed()));
    }
    let (yaml, usual) = match (&args.name, args.kind) {
        (Some(name), ShippedKind::Scenario) => {
            (args.kind.text(name)?.to_owned(), args::scenario::DEFAULT_FILE.to_owned())
        }
        (Some(name), kind) => (kind.text(name)?.to_owned(), format!("{name}.yaml")),
        (None, ShippedKind::Scenario) => {
            (scenario::starter(), args::scenario::DEFAULT_FILE.to_owned())
        }
        (None, _) => {
            let reason = "--kind: which one? name it, or list them by --list";
            return Err(Failure::Usage(reason.to_owned()));
        }
    };
    let output = args.output.clone().unwrap_or_else(|| PathBuf::from(usual));
    if output.as_os_str() == "-" {
        return to_stdout(&yaml);
    }
    let context = || format!("cannot write {}", output.display());
    let mut file = create(&output, args.force)?;
    file.write_all(yaml.as_bytes()).map_err(Failure::io(context()))?;
    note!("{} written", output.display());
    Ok(())
}

fn create(path: &Path, overwrite: bool) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    if overwrite {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.write(true).open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => {
            let path = path.display();
            Failure::Usage(format!(
                "{path} exists; overwrite it with --force, or name another file with -o"
            ))
        }
        _ => Failure::io(format!("cannot write {}", path.display()))(source),
    })
}

fn list(shipped: &[(&str, String)]) -> String {
    let width = shipped.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = shipped.iter().map(|(name, what)| format!("{name:width$}  {what}"));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn to_stdout(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
