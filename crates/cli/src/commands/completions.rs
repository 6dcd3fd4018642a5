//! `completions`: what a shell needs to complete commands and flags.

use clap::Args;
use clap_complete::{Shell, generate};

use crate::failure::Failure;
use crate::standard_output::print_data;

/// Print what a shell needs to complete commands and flags
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # bash
  cd ~/.local/share/bash-completion/completions
  event-simulator completions bash > event-simulator
  # bash, for this shell only
  source <(event-simulator completions bash)
  # zsh, with `fpath+=~/.zfunc` before compinit
  event-simulator completions zsh \\
      > ~/.zfunc/_event-simulator
  # fish
  cd ~/.config/fish/completions
  event-simulator completions fish > event-simulator.fish")]
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
