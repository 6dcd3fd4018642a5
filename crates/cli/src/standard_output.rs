//! Results on standard output.

use std::fmt::Display;
use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use event_simulator::printable::printable_lines;

use crate::failure::Failure;
use crate::screen;

/// The form in which a command gives its result.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct ResultArgs {
    /// Print the result as JSON on standard output, and no report for people
    #[arg(long)]
    pub(crate) json: bool,
}

impl ResultArgs {
    /// Prints a result in the form that is asked for: JSON of the value, or the text, which may also be said to nobody.
    pub(crate) fn print(self, value: &impl Serialize, text: impl Display) -> Result<(), Failure> {
        if self.json { print_json(value) } else { print_result(&format!("{text}\n")) }
    }

    /// Prints the outcome of a command whose work is a file: JSON of the value on standard output, or the text on standard
    /// error.
    pub(crate) fn tell(self, value: &impl Serialize, text: impl Display) -> Result<(), Failure> {
        if self.json {
            return print_json(value);
        }
        note!("{text}");
        Ok(())
    }
}

/// Prints a result for people, without what a terminal would obey; nothing with `--quiet`. A reader that closed its pipe has
/// what it wanted: that changes neither what else the command does nor its exit code.
pub(crate) fn print_result(text: &str) -> Result<(), Failure> {
    if screen::is_quiet() {
        return Ok(());
    }
    written(screen::write(io::stdout(), text))
}

/// Prints a value as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Failure::Failed(format!("the result cannot be written as JSON: {error}"))
    })?;
    print_data(&format!("{text}\n"))
}

/// Prints a text that is the data that was asked for, as it is on any terminal.
pub(crate) fn print_data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(out.write_all(printable_lines(text).as_bytes()).and_then(|()| out.flush()))
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("cannot write standard output")(error))
        }
        _ => Ok(()),
    }
}
