//! `completions`: what a shell needs to complete commands and flags.

use clap::Args;
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::standard_output::print_data;

/// Print what a shell needs to complete commands and flags
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  event-simulator completions bash > ~/.local/share/bash-completion/completions/event-simulator
  event-simulator completions zsh > ~/.zfunc/_event-simulator    with `fpath+=~/.zfunc` before compinit
  event-simulator completions fish > ~/.config/fish/completions/event-simulator.fish
  source <(event-simulator completions bash)                     for this shell only")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs, mut command: clap::Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(args.shell, &mut command, name, &mut script);
    print_data(&String::from_utf8_lossy(&script))
}
