//! Lines that fit a terminal, broken between words.

use unicode_width::UnicodeWidthStr;

/// Columns by which a line goes on behind where it began.
const HANG: usize = 2;

/// The text with no line longer than `width` columns, unless a single word is.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut wrapped = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        if body.width() <= width {
            wrapped.push_str(line);
            continue;
        }
        if is_rule(body) {
            wrapped.extend(body.chars().take(width));
        } else {
            wrap_line(&mut wrapped, body, width);
        }
        wrapped.push_str(&line[body.len()..]);
    }
    wrapped
}

/// A line of one character alone.
fn is_rule(line: &str) -> bool {
    line.chars()
        .next()
        .is_some_and(|first| "=-".contains(first) && line.chars().all(|c| c == first))
}

fn wrap_line(wrapped: &mut String, line: &str, width: usize) {
    let hang = hang(line, width);
    let (mut rest, mut column) = (line, 0);
    while !rest.trim_start_matches(' ').is_empty() {
        let (gap, after) = rest.split_at(spaces(rest));
        let (word, next) = after.split_at(after.find(' ').unwrap_or(after.len()));
        // A word that fits no line stays where it is, for the terminal to break.
        let is_better_below = column > 0 && hang + word.width() <= width;
        if is_better_below && column + gap.len() + word.width() > width {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', hang));
            column = hang;
        } else {
            wrapped.push_str(gap);
            column += gap.len();
        }
        wrapped.push_str(word);
        column += word.width();
        rest = next;
    }
}

/// The number of spaces at the front.
fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

/// The column in which a line goes on: below what follows a label, or a little behind its own beginning.
fn hang(line: &str, width: usize) -> usize {
    let indent = spaces(line);
    let label_end = line[indent..].find("  ").map(|at| indent + at);
    let below_label = label_end.map(|end| line[..end].width() + spaces(&line[end..]));
    below_label.filter(|&column| column <= width / 3).unwrap_or((indent + HANG).min(width / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_go_on_below_what_they_began_with() {
        let text = "======================================================================\n\
                    A session     5.00 pages, 2.25 actions a page, 20.00 events in 5m 12s\n  \
                      - sessions of user 17 are missing from 2024-01-01T00:05:12.204Z on\n\
                    /a/path/without/any/space/which/is/longer/than/the/terminal/is/wide stays\n";
        insta::assert_snapshot!(wrapped(text, 40), @"
        ========================================
        A session     5.00 pages, 2.25 actions a
          page, 20.00 events in 5m 12s
          - sessions of user 17 are missing from
            2024-01-01T00:05:12.204Z on
        /a/path/without/any/space/which/is/longer/than/the/terminal/is/wide
          stays
        ");
    }

    proptest! {
        #[test]
        fn words_stay_whole_and_lines_fit(text in "( {0,3}[a-zä日]{1,30}){0,30}", width in 20..120_usize) {
            let wrapped = wrapped(&text, width);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrapped), words(&text));
            // What fits no line behind where lines go on stays where it is.
            let most = width - (width / 3).max(5);
            for line in wrapped.lines() {
                let is_unbreakable = line.split(' ').any(|word| word.width() > most);
                prop_assert!(line.width() <= width || is_unbreakable, "{}", line);
            }
        }
    }
}
