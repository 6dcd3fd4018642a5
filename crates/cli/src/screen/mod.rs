//! Text on its way to a person: without what a terminal would obey, wrapped at words, coloured.
//!
//! All of it is decided from the finished text and from where it goes, so that no result knows of terminals, and colour
//! never says what words do not.

mod paint;
mod wrap;

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use terminal_size::{Height, Width, terminal_size_of};

use event_simulator::printable::printable_lines;

/// The widths that lines are made for; on what is narrower they break.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=200;

/// True if nothing is to be said but warnings, errors and data.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// What a person wants to see.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Screen")]
pub(crate) struct ScreenArgs {
    /// Colour: `auto` on a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` has it everywhere
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    color: ColorArg,

    /// Say nothing but warnings, errors and data: no progress, no summary, no report for people
    #[arg(long, short, global = true)]
    quiet: bool,
}

/// When there is colour.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always, also in a pipe
    Always,
    /// Never
    Never,
}

impl ScreenArgs {
    /// Has everything that is shown from now on follow.
    pub(crate) fn apply(self) {
        let choice = match self.color {
            ColorArg::Auto => return IS_QUIET.store(self.quiet, Ordering::Relaxed),
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        };
        choice.write_global();
        IS_QUIET.store(self.quiet, Ordering::Relaxed);
    }
}

/// The colour of help and of what is wrong with the arguments, which is needed before they are read.
pub(crate) fn help_color() -> clap::ColorChoice {
    let arguments: Vec<_> = std::env::args_os().collect();
    let says = |word: &str| {
        let joined = format!("--color={word}");
        arguments.iter().any(|argument| *argument == *joined)
            || arguments.windows(2).any(|pair| pair[0] == *"--color" && pair[1] == *word)
    };
    match (says("always"), says("never")) {
        (true, _) => clap::ColorChoice::Always,
        (_, true) => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// True if nothing is to be said but warnings, errors and data.
pub(crate) fn is_quiet() -> bool {
    IS_QUIET.load(Ordering::Relaxed)
}

/// The flag with which another run of this program has colour as this one does.
pub(crate) fn color_flag() -> &'static str {
    match ColorChoice::global() {
        ColorChoice::Always | ColorChoice::AlwaysAnsi => "--color=always",
        ColorChoice::Never => "--color=never",
        ColorChoice::Auto => "--color=auto",
    }
}

/// Writes a text for people to a standard stream.
pub(crate) fn write<S>(stream: S, text: &str) -> io::Result<()>
where
    S: anstream::stream::RawStream + anstream::stream::AsLockedWrite + IsTerminal,
{
    let choice = AutoStream::choice(&stream);
    let width = IsTerminal::is_terminal(&stream).then(|| size().0);
    let text = rendered(text, width, choice != ColorChoice::Never);
    let mut stream = AutoStream::new(stream, choice);
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// The columns and rows of the terminal, as far as lines are made for it.
pub(crate) fn size() -> (usize, usize) {
    const UNKNOWN: (Width, Height) = (Width(80), Height(24));
    let of = [terminal_size_of(io::stderr()), terminal_size_of(io::stdout())];
    let (Width(columns), Height(rows)) = of.into_iter().flatten().next().unwrap_or(UNKNOWN);
    (usize::from(columns).clamp(*WIDTHS.start(), *WIDTHS.end()), rows.into())
}

/// The text wrapped for a terminal of that width.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    wrap::wrapped(text, width)
}

/// The text as it is written: for a terminal so wide, and in colour or not.
fn rendered(text: &str, width: Option<usize>, is_colored: bool) -> String {
    let mut text = printable_lines(text).into_owned();
    if let Some(width) = width {
        text = wrap::wrapped(&text, width);
    }
    if is_colored { paint::painted(&text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_stays_text_in_colour_too() {
        let text = "Not OK: 1 missing\n  - \u{1b}[32mOK\u{1b}[0m \u{202e}\u{9b}2J\n";
        let shown = rendered(text, Some(60), true);
        assert_eq!(
            shown,
            "\u{1b}[1m\u{1b}[31mNot OK:\u{1b}[0m 1 missing\n  - \\u001b[32mOK\\u001b[0m \\u202e\\u009b2J\n"
        );
    }
}
