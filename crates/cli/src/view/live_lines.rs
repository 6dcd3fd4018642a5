//! Lines at the end of a terminal that are drawn over themselves.

use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthStr;

use crate::screen;

/// Lines on standard error that are drawn anew; none where it is no terminal, or nothing is to be said, and none while this
/// runs in the background, as the terminal is another's then.
///
/// No line is filled up to the terminal's width, so that a terminal that becomes narrower breaks none but those that are
/// too long for it, and the rows that they then take are known.
pub(crate) struct LiveLines {
    is_seen: bool,
    /// The columns of each line that stands there.
    drawn: Vec<usize>,
}

impl LiveLines {
    /// No lines so far.
    pub(crate) fn new() -> Self {
        let is_seen = !screen::is_quiet() && io::stderr().is_terminal() && moves_its_cursor();
        Self { is_seen, drawn: Vec::new() }
    }

    /// True if somebody sees them.
    pub(crate) fn is_seen(&self) -> bool {
        self.is_seen
    }

    /// Draws these lines in place of those that stand there.
    pub(crate) fn show(&mut self, text: &str) {
        if in_background() {
            // Where they stand is not known any more.
            self.drawn.clear();
        } else if self.is_seen {
            let (width, height) = screen::size();
            let frame = self.frame(text, width, height);
            write(&frame);
        }
    }

    /// Takes the lines off the terminal; what is printed then stands in their place.
    pub(crate) fn clear(&mut self) {
        let up = self.up(screen::size().0);
        self.drawn.clear();
        if !up.is_empty() && !in_background() {
            write(&up);
        }
    }

    /// What draws these lines where `self.drawn` stands on a terminal of that size.
    fn frame(&mut self, text: &str, width: usize, height: usize) -> String {
        let mut frame = self.up(width);
        let fitted = screen::fitted(text, width);
        let lines: Vec<&str> = fitted.lines().take(height.saturating_sub(1)).collect();
        self.drawn = lines.iter().map(|line| line.width()).collect();
        for line in lines {
            frame.push_str(line);
            frame.push('\n');
        }
        frame
    }

    /// What moves to the first of the lines and clears all of them, row by row: terminals that are told to clear all at once
    /// may keep it for scrolling back.
    fn up(&self, width: usize) -> String {
        let rows: usize = self.drawn.iter().map(|columns| columns.div_ceil(width).max(1)).sum();
        match rows {
            0 => String::new(),
            // The terminal itself may have written ^C where the cursor stands.
            rows => "\r\x1b[2K".to_owned() + &"\x1b[1A\x1b[2K".repeat(rows),
        }
    }
}

/// True of terminals that draw over what stands there, as all do that are not called dumb.
fn moves_its_cursor() -> bool {
    std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}

/// True if standard error is a terminal on which another job has the foreground.
#[cfg(unix)]
fn in_background() -> bool {
    let foreground = rustix::termios::tcgetpgrp(io::stderr());
    foreground.is_ok_and(|foreground| foreground != rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn in_background() -> bool {
    false
}

fn write(text: &str) {
    let mut error = io::stderr().lock();
    // A terminal that is gone sees nothing.
    let _ = error.write_all(text.as_bytes()).and_then(|()| error.flush());
}

impl Drop for LiveLines {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A bar of so many characters for a share of a whole.
pub(crate) fn bar(share: f64, characters: usize) -> String {
    let done = (share.clamp(0.0, 1.0) * characters as f64).round() as usize;
    format!("{}{} {:>3.0} %", "█".repeat(done), "░".repeat(characters - done), 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_narrower_terminal_makes_are_cleared_too() {
        let mut lines = LiveLines { is_seen: false, drawn: Vec::new() };
        let text = format!("short\n{}", "x".repeat(90));
        assert!(!lines.frame(&text, 100, 24).contains('\x1b'));
        let rows_cleared = |frame: &str| frame.matches("\x1b[1A\x1b[2K").count();
        assert_eq!(rows_cleared(&lines.frame(&text, 100, 24)), 2);
        assert_eq!(rows_cleared(&lines.frame("a\nb\nc\nd", 40, 3)), 4, "90 columns are 3 rows");
        assert_eq!(lines.drawn, [1, 1], "no more than the terminal has");
    }

    #[test]
    fn a_bar_is_as_long_as_the_share() {
        assert_eq!(bar(0.5, 4), "██░░  50 %");
        assert_eq!(bar(1.0, 2), "██ 100 %");
    }
}
