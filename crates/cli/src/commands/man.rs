//! `man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use event_simulator_timeline::write_whole;

use crate::failure::Failure;

/// Write the manual pages: one for the program and one for each command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator man -o ~/.local/share/man/man1 && man event-simulator-replay
  event-simulator man -o man && man ./man/event-simulator.1")]
pub(crate) struct ManArgs {
    /// Folder to write to, made if needed
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub(crate) fn run(args: &ManArgs, mut program: Command) -> Result<(), Failure> {
    let shown = args.output.display();
    fs::create_dir_all(&args.output).map_err(Failure::io(format!("cannot make {shown}")))?;
    program.build();
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    let pages: Vec<Command> = commands.map(|command| page(&program, command)).collect();
    for page in std::iter::once(program).chain(pages) {
        let man = Man::new(page);
        let path = args.output.join(man.get_filename());
        let mut text = Vec::new();
        let rendered = man.render(&mut text).and_then(|()| write_whole(&path, &text));
        rendered.map_err(Failure::io(format!("cannot write {}", path.display())))?;
    }
    note!("{shown}: manual pages of the program and its commands");
    Ok(())
}

/// The page of a command, which is called after the program too.
fn page(program: &Command, command: &Command) -> Command {
    let name = format!("{}-{}", program.get_name(), command.get_name());
    command.clone().name(name.clone()).display_name(name)
}
