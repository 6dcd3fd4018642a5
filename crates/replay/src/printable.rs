//! Text from outside as it may be printed: without what a terminal would obey.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every control character (C0, DEL and C1) escaped as in Rust and JSON.
///
/// ```
/// use event_simulator_replay::printable;
///
/// assert_eq!(printable("plain"), "plain");
/// assert_eq!(printable("\u{1b}[2J\n\u{9b}"), "\\u001b[2J\\n\\u009b");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut printed = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(printed, "\\u{:04x}", u32::from(control));
            }
            other => printed.push(other),
        }
    }
    Cow::Owned(printed)
}
