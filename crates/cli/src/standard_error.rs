//! Messages on standard error.

use std::io;

use crate::screen;

/// Prints a text without what a terminal would obey. A standard error that is closed or full ends nothing.
pub(crate) fn print(text: &str) {
    let _ = screen::write(io::stderr(), text);
}

/// Prints what is no warning and no error; nothing with `--quiet`.
pub(crate) fn print_note(text: &str) {
    if !screen::is_quiet() {
        print(text);
    }
}
