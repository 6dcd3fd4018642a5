//! Messages on standard error.

use std::io::{self, Write};

use event_simulator::printable::printable_lines;

/// Prints a text without what a terminal would obey. A standard error that is closed or full ends nothing.
pub(crate) fn print(text: &str) {
    let _ = io::stderr().write_all(printable_lines(text).as_bytes());
}
