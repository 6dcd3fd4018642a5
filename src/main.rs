//! The `event-simulator` program: the command line of the library of the same name.

use std::process::ExitCode;

fn main() -> ExitCode {
    event_simulator::cli::main()
}
