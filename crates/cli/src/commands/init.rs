//! `init`: writes a starter scenario.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use event_simulator::scenario;
use event_simulator::scenario::shipped::{self, Shipped};

use crate::args;
use crate::failure::Failure;

/// Write a commented starter scenario
///
/// Without a name, one that shows every key with its default; with a name, that shipped scenario.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  event-simulator init                          event_simulator_config.yaml, every key explained
  event-simulator init --list                   the shipped scenarios
  event-simulator init custom-events -o my.yaml start from one of them
  event-simulator init -o -                     to standard output")]
pub(crate) struct InitArgs {
    /// The shipped scenario to start from
    name: Option<String>,

    /// Where to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = args::scenario::DEFAULT_FILE)]
    output: PathBuf,

    /// List the shipped scenarios
    #[arg(long, conflicts_with_all = ["name", "output", "force"])]
    list: bool,

    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    if args.list {
        return to_stdout(&list());
    }
    let yaml = match &args.name {
        Some(name) => args::scenario::shipped(name)?.without_schema_line(),
        None => &scenario::starter(),
    };
    if args.output.as_os_str() == "-" {
        return to_stdout(yaml);
    }
    let context = || format!("cannot write {}", args.output.display());
    let mut file = create(&args.output, args.force)?;
    file.write_all(yaml.as_bytes()).map_err(Failure::io(context()))?;
    note!("{} written", args.output.display());
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

fn list() -> String {
    let width = shipped::ALL.iter().map(|shipped| shipped.name.len()).max().unwrap_or(0);
    let line = |shipped: &Shipped| format!("{:width$}  {}\n", shipped.name, shipped.purpose());
    shipped::ALL.iter().map(line).collect()
}

fn to_stdout(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(Failure::io("standard output"))
}
