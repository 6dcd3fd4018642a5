//! A run of a command that has ended.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The exit code of a run that was ended because it took too long, as with timeout(1).
pub const TIMED_OUT: i32 = 124;

/// The part of the output that is looked at for its last lines.
const TAIL_BYTES: u64 = 4_096;

/// Lines of a command's output that are shown.
const SHOWN_LINES: usize = 5;

/// A run of a command that has ended.
#[derive(Debug)]
pub struct CompletedRun {
    /// Its exit code; 128 and the signal's number if a signal ended it, as shells have it.
    pub exit: i32,
    output: File,
}

impl CompletedRun {
    pub(super) fn new(exit: i32, output: File) -> Self {
        Self { exit, output }
    }

    /// The end of what the command wrote on standard output and standard error.
    pub fn tail(&self) -> io::Result<OutputTail> {
        let mut file = &self.output;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        Ok(OutputTail::of(&String::from_utf8_lossy(&tail)))
    }

    /// Copies all that the command wrote on standard output and standard error.
    pub fn write_output(&self, out: &mut impl Write) -> io::Result<()> {
        let mut file = &self.output;
        file.rewind()?;
        io::copy(&mut file, out).map(drop)
    }

    /// True if the command wrote this text.
    pub(super) fn has_written(&self, text: &str) -> io::Result<bool> {
        let mut file = &self.output;
        file.rewind()?;
        contains(file, text.as_bytes())
    }
}

/// The last lines of an output that are not blank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputTail {
    /// The lines, without their ends.
    pub lines: Vec<String>,
    /// The line that says why a run failed, which may stand before them.
    pub reason: Option<String>,
}

impl OutputTail {
    fn of(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let first = lines.len().saturating_sub(SHOWN_LINES);
        Self {
            lines: lines[first..].iter().map(|&line| line.to_owned()).collect(),
            reason: reason(&lines).map(str::to_owned),
        }
    }

    /// The lines indented under a heading; nothing if there are none.
    pub fn under(&self, heading: &str) -> String {
        let heading = if self.lines.is_empty() { "" } else { heading };
        self.lines.iter().fold(heading.to_owned(), |text, line| text + "\n  " + line)
    }
}

/// The last line that tells an error and is no part of a trace; without one the last of all, which may be a runtime's version.
fn reason<'l>(lines: &[&'l str]) -> Option<&'l str> {
    const WORDS: [&str; 3] = ["rror", "xception", "panic"];
    let tells = |line: &&&str| {
        !line.starts_with([' ', '\t']) && WORDS.iter().any(|word| line.contains(word))
    };
    lines.iter().rfind(tells).or(lines.last()).copied()
}

/// True if `text` stands in `input`, which may be too long for memory.
fn contains(mut input: impl Read, text: &[u8]) -> io::Result<bool> {
    const BLOCK_BYTES: u64 = 256 * 1024;
    let finder = memchr::memmem::Finder::new(text);
    let mut window = Vec::new();
    loop {
        let overlap = text.len().saturating_sub(1).min(window.len());
        window.drain(..window.len() - overlap);
        let count = input.by_ref().take(BLOCK_BYTES).read_to_end(&mut window)?;
        if finder.find(&window).is_some() {
            return Ok(true);
        }
        if count == 0 {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands_in_a_long_output() {
        for at in [0, 262_139, 262_140, 262_143, 262_144, 300_000, 599_995] {
            let mut output = vec![b'.'; 600_000];
            output[at..at + 5].copy_from_slice(b"Error");
            assert!(contains(&output[..], b"Error").unwrap(), "{at}");
            assert!(!contains(&output[..], b"Errors").unwrap(), "{at}");
        }
        assert!(contains(&b""[..], b"").unwrap());
    }

    #[test]
    fn the_last_lines_are_shown_under_a_heading() {
        let text = ["1", "2", "3", "4", "5", "6", "7"].join("\n \n");
        assert_eq!(OutputTail::of(&text).under("It says:"), "It says:\n  3\n  4\n  5\n  6\n  7");
        assert_eq!(OutputTail::of("\n").under("It says:"), "");
    }

    #[test]
    fn the_reason_is_the_line_that_tells_the_error() {
        let trace = "    at file:///pipeline.mjs:1:1\n".repeat(9);
        for (output, line) in [
            (format!("RangeError: Invalid time value\n{trace}Node.js v20.20.2"), 0),
            ("Traceback:\n  File \"a.py\", line 1, in error\nKeyError: 'a'".to_owned(), 2),
            ("java.lang.NullPointerException\n\tat java.base/Exceptions.a(A.java:1)".to_owned(), 0),
            ("reading\ncannot open it".to_owned(), 1),
        ] {
            let said = output.lines().nth(line).map(str::to_owned);
            assert_eq!(OutputTail::of(&output).reason, said);
        }
        assert_eq!(OutputTail::of("").reason, None);
    }
}
