//! Text from outside as it may be printed: without what a terminal would obey.

use std::borrow::Cow;
use std::fmt::Write as _;

/// True for what a terminal obeys instead of showing it: control characters (C0, DEL and C1), marks that turn the direction
/// of text, and the line and paragraph separators of Unicode.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with everything that a terminal would obey escaped as in JSON.
///
/// ```
/// use event_simulator::printable::printable;
///
/// assert_eq!(printable("plain"), "plain");
/// assert_eq!(printable("\u{1b}[2J\n\u{9b}"), "\\u001b[2J\\n\\u009b");
/// assert_eq!(printable("\u{202e}gpj.exe"), "\\u202egpj.exe");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut printed = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => printed.push_str("\\n"),
            '\r' => printed.push_str("\\r"),
            '\t' => printed.push_str("\\t"),
            obeyed if is_obeyed(obeyed) => {
                // Writing to a String cannot fail.
                let _ = write!(printed, "\\u{:04x}", u32::from(obeyed));
            }
            other => printed.push(other),
        }
    }
    Cow::Owned(printed)
}

/// The same line by line: line feeds and tabs stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|character| is_obeyed(character) && !matches!(character, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let mut printed = String::with_capacity(text.len() + 8);
    for part in text.split_inclusive(['\n', '\t']) {
        let body = part.trim_end_matches(['\n', '\t']);
        printed.push_str(&printable(body));
        printed.push_str(&part[body.len()..]);
    }
    Cow::Owned(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_nothing_is_obeyed() {
        let text = "a\tb\n\u{1b}[31mred\r\u{7f}\u{9b}\n";
        assert_eq!(printable_lines(text), "a\tb\n\\u001b[31mred\\r\\u007f\\u009b\n");
        assert!(matches!(printable_lines("plain\n\ttext"), Cow::Borrowed(_)));
    }
}
