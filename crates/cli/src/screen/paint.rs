//! Colour, by the words that say the same without it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();
const HEADING: Style = Style::new().bold();

/// Words with which a line begins.
const FIRST_WORDS: [(&str, Style); 10] = [
    ("OK:", GOOD),
    ("Not OK:", BAD),
    ("Stopped:", DOUBT),
    ("error:", BAD),
    ("failed:", BAD),
    ("warning:", DOUBT),
    ("note:", HINT),
    ("  help:", HINT),
    ("again:", HINT),
    ("$ ", HINT),
];

/// Words within a line: in the row of a case, in a scenario's problem.
const WORDS: [(&str, Style); 5] = [
    (" NOT handled:", BAD),
    (" FAILED:", BAD),
    (" handled", GOOD),
    (": error: ", BAD),
    (": warning: ", DOUBT),
];

/// The text in colour, line by line.
pub(super) fn painted(text: &str) -> String {
    let mut painted = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        let (from, to, style) = styled(body);
        painted.push_str(&body[..from]);
        if from < to {
            // Writing to a String cannot fail.
            let _ = write!(painted, "{style}{}{style:#}", &body[from..to]);
        }
        painted.push_str(&body[to..]);
        painted.push_str(&line[body.len()..]);
    }
    painted
}

/// The part of a line that is in a style.
fn styled(line: &str) -> (usize, usize, Style) {
    if let Some((words, style)) = FIRST_WORDS.iter().find(|(words, _)| line.starts_with(words)) {
        let from = words.len() - words.trim_start().len();
        return (from, words.len(), *style);
    }
    if line.starts_with("- ") {
        return (0, line.len(), REMOVED);
    }
    if line.starts_with("+ ") {
        return (0, line.len(), ADDED);
    }
    let is_heading = line.ends_with(':') && !line.starts_with(' ');
    if is_heading {
        return (0, line.len(), HEADING);
    }
    for (words, style) in WORDS {
        if let Some(at) = line.find(words) {
            let from = at + words.len() - words.trim_start_matches([' ', ':']).len();
            return (from, at + words.trim_end().len(), style);
        }
    }
    (0, 0, Style::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_have_their_colours() {
        let text = "OK: all\nNot OK: 3 missing\nwarning: odd\n  late          NOT handled: 3 of 4\n\
                    shop.yaml:3:3: error: unknown key\nBy type:\n- {}\n+ {}\n  - a cause\nplain\n";
        insta::assert_snapshot!(painted(text).replace('\u{1b}', "ESC"), @"
        ESC[1mESC[32mOK:ESC[0m all
        ESC[1mESC[31mNot OK:ESC[0m 3 missing
        ESC[1mESC[33mwarning:ESC[0m odd
          late          ESC[1mESC[31mNOT handled:ESC[0m 3 of 4
        shop.yaml:3:3: ESC[1mESC[31merror:ESC[0m unknown key
        ESC[1mBy type:ESC[0m
        ESC[31m- {}ESC[0m
        ESC[32m+ {}ESC[0m
          - a cause
        plain
        ");
    }

    proptest! {
        #[test]
        fn without_colour_the_text_is_the_same(text in "[-+ :a-zA-Z\n]{0,80}", word in 0..10_usize) {
            let text = format!("{}{text}", FIRST_WORDS[word].0);
            let painted = painted(&text);
            prop_assert_eq!(anstream::adapter::strip_str(&painted).to_string(), text);
        }
    }
}
