//! `man`: the manual pages.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use event_simulator_timeline::write_whole;

use crate::failure::Failure;

/// Write the manual pages: one for the program and one for each command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator man -o ~/.local/share/man/man1
  man event-simulator-replay")]
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
        let path = args.output.join(format!("{}.1", page.get_name()));
        let written = rendered(page).and_then(|text| write_whole(&path, &text));
        written.map_err(Failure::io(format!("cannot write {}", path.display())))?;
    }
    note!("{shown}: manual pages of the program and its commands");
    Ok(())
}

/// The page of a command, which is called after the program too.
fn page(program: &Command, command: &Command) -> Command {
    let name = format!("{}-{}", program.get_name(), command.get_name());
    command.clone().name(name.clone()).display_name(name)
}

/// The text of a page. The version stands at its foot, and needs no section.
fn rendered(command: Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let version = command.get_version().unwrap_or_default();
    let source = format!("event-simulator {version}");
    let command = command.after_help(None::<&'static str>).version(None::<&'static str>);
    let mut text = Vec::new();
    Man::new(command).source(source).render(&mut text)?;
    sections(&after).to_writer(&mut text)?;
    Ok(text)
}

/// What stands behind a command's options: examples line by line, and what is to be known.
fn sections(after: &str) -> Roff {
    let mut roff = Roff::new();
    let mut heading = "";
    for paragraph in after.split("\n\n") {
        let examples = paragraph.strip_prefix("Examples:\n");
        let wanted = if examples.is_some() { "EXAMPLES" } else { "NOTES" };
        if heading == wanted {
            roff.control("PP", []);
        } else {
            heading = wanted;
            roff.control("SH", [heading]);
        }
        for line in examples.unwrap_or(paragraph).lines() {
            match line.strip_prefix("  ") {
                Some(line) => roff.control("EX", []).text([roman(line)]).control("EE", []),
                None => roff.text([roman(line)]),
            };
        }
    }
    roff
}
