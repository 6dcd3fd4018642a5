//! Which runs of a command show the failure that is looked for.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::str::FromStr;

use tempfile::TempDir;

/// The exit code of a run that was ended because it took too long, as with timeout(1).
pub const TIMED_OUT: i32 = 124;

/// How much of what a command wrote is shown.
const TAIL_BYTES: u64 = 4_096;

/// A run of a command that has ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; 128 and the signal's number if a signal ended it, as shells have it.
    pub exit: i32,
    /// Where what it wrote stands until this is dropped.
    pub(super) folder: TempDir,
}

impl Ran {
    /// The end of what the command wrote on standard output and standard error.
    pub fn tail(&self) -> io::Result<String> {
        let mut file = self.output()?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        Ok(String::from_utf8_lossy(&tail).into_owned())
    }

    fn output(&self) -> io::Result<File> {
        File::open(output_path(&self.folder))
    }
}

pub(super) fn output_path(folder: &TempDir) -> PathBuf {
    folder.path().join("output")
}

/// What a run has to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How the command ends.
    pub exit: ExitCondition,
    /// A text that its output contains.
    pub text: Option<String>,
}

impl Wanted {
    /// Whether a run is like this.
    pub fn holds(&self, ran: &Ran) -> io::Result<bool> {
        if !self.exit.holds(ran.exit) {
            return Ok(false);
        }
        match &self.text {
            None => Ok(true),
            Some(text) => contains(ran.output()?, text.as_bytes()),
        }
    }
}

/// Whether `text` stands in `input`, which may be too long for memory.
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

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.exit)?;
        match &self.text {
            Some(text) => write!(f, " and {text:?} in its output"),
            None => Ok(()),
        }
    }
}

/// A condition on an exit code: `exit == 3` or `exit != 0`.
///
/// ```
/// use event_simulator_check::minimize::ExitCondition;
///
/// let condition: ExitCondition = "exit != 0".parse()?;
/// assert!(condition.holds(3) && !condition.holds(0));
/// # Ok::<(), event_simulator_check::minimize::ParseConditionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCondition {
    /// This code.
    Is(i32),
    /// Any other code.
    IsNot(i32),
}

impl ExitCondition {
    /// Whether an exit code meets the condition.
    pub fn holds(self, exit: i32) -> bool {
        match self {
            Self::Is(code) => exit == code,
            Self::IsNot(code) => exit != code,
        }
    }
}

impl fmt::Display for ExitCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(code) => write!(f, "exit == {code}"),
            Self::IsNot(code) => write!(f, "exit != {code}"),
        }
    }
}

/// A text that is not a condition on an exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a condition such as 'exit == 3' or 'exit != 0'")]
pub struct ParseConditionError(String);

impl FromStr for ExitCondition {
    type Err = ParseConditionError;

    fn from_str(text: &str) -> Result<Self, ParseConditionError> {
        let error = || ParseConditionError(text.to_owned());
        let rest = text.trim().strip_prefix("exit").ok_or_else(error)?.trim_start();
        let (condition, code): (fn(i32) -> Self, _) = if let Some(code) = rest.strip_prefix("==") {
            (Self::Is, code)
        } else if let Some(code) = rest.strip_prefix("!=") {
            (Self::IsNot, code)
        } else {
            return Err(error());
        };
        code.trim().parse().map(condition).map_err(|_| error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn conditions_are_read_as_they_are_shown() {
        for condition in [ExitCondition::Is(3), ExitCondition::IsNot(0)] {
            assert_eq!(condition.to_string().parse(), Ok(condition));
        }
        assert_eq!(" exit!=0 ".parse(), Ok(ExitCondition::IsNot(0)));
        for wrong in ["", "exit", "exit = 3", "exit == x", "exit == ", "== 3", "exit > 0"] {
            assert!(wrong.parse::<ExitCondition>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_run_is_wanted_for_its_exit_and_its_output() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(output_path(&folder), b"one\nKeyError: 'x'\n").unwrap();
        let ran = Ran { exit: 1, folder };
        let wanted = |exit, text: Option<&str>| {
            Wanted { exit, text: text.map(str::to_owned) }.holds(&ran).unwrap()
        };
        assert!(wanted(ExitCondition::Is(1), None));
        assert!(wanted(ExitCondition::IsNot(0), Some("KeyError: 'x'")));
        assert!(!wanted(ExitCondition::Is(1), Some("ValueError")));
        assert!(!wanted(ExitCondition::Is(0), Some("KeyError")));
        assert_eq!(ran.tail().unwrap(), "one\nKeyError: 'x'\n");
    }

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
}
