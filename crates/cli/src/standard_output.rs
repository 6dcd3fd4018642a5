//! Results on standard output.

use std::io::{self, Write};

use event_simulator::printable::printable_lines;

use crate::failure::Failure;

/// Prints a result, without what a terminal would obey. A reader that closed its pipe has what it wanted: that changes neither what else the
/// command does nor its exit code.
pub(crate) fn print_result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let text = printable_lines(text);
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("cannot write standard output")(error))
        }
        _ => Ok(()),
    }
}
