//! The failure that is looked for.

use std::fmt;
use std::str::FromStr;

use super::completed::CompletedRun;
use super::run_error::RunError;

/// A condition on a run of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCondition {
    /// The exit code.
    pub exit: ExitCondition,
    /// A text that its output contains.
    pub text: Option<String>,
}

impl RunCondition {
    /// True if a run is like this.
    ///
    /// # Errors
    ///
    /// [`RunError::Output`].
    pub fn holds(&self, run: &CompletedRun) -> Result<bool, RunError> {
        if !self.exit.holds(run.exit) {
            return Ok(false);
        }
        match &self.text {
            None => Ok(true),
            Some(text) => run.has_written(text).map_err(RunError::Output),
        }
    }
}

impl fmt::Display for RunCondition {
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
    /// True if an exit code meets the condition.
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
    use std::io::Write;

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
    fn a_run_is_looked_for_by_its_exit_and_its_output() {
        let mut output = tempfile::tempfile().unwrap();
        output.write_all(b"one\nKeyError: 'x'\n").unwrap();
        let run = CompletedRun::new(1, output);
        let holds = |exit, text: Option<&str>| {
            RunCondition { exit, text: text.map(str::to_owned) }.holds(&run).unwrap()
        };
        assert!(holds(ExitCondition::Is(1), None));
        assert!(holds(ExitCondition::IsNot(0), Some("KeyError: 'x'")));
        assert!(!holds(ExitCondition::Is(1), Some("ValueError")));
        assert!(!holds(ExitCondition::Is(0), Some("KeyError")));
        assert_eq!(run.tail().unwrap().lines, ["one", "KeyError: 'x'"]);
    }
}
