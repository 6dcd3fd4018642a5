//! The problems of a scenario: place, message and cure.

use std::fmt;

use serde::Serialize;

/// A place in a scenario file, both numbers counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// The weight of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The scenario cannot be used.
    Error,
    /// The scenario can be used, but probably does not mean what was meant.
    Warning,
}

/// One thing that is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The weight: an error or a warning.
    pub severity: Severity,
    /// The place, if it stands somewhere in the file.
    #[serde(flatten)]
    pub position: Option<Position>,
    /// The whole path of the key, such as `user_journeys[2].probability`; empty for the whole file.
    pub path: String,
    /// The message: what was found and what is allowed.
    pub message: String,
    /// The cure.
    pub help: Option<String>,
}

impl Problem {
    /// The message of a key that is not known where it stands.
    pub(super) const UNKNOWN_KEY: &str = "unknown key";

    /// An error at `path`, so far without a position or help.
    pub fn error(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            position: None,
            path: path.into(),
            message: message.into(),
            help: None,
        }
    }

    /// A warning at `path`, so far without a position or help.
    pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, message) }
    }

    /// True if a key is not known where it stands.
    pub(super) fn is_unknown_key(&self) -> bool {
        self.message == Self::UNKNOWN_KEY
    }

    /// This problem, at a place.
    #[must_use]
    pub fn at(self, position: impl Into<Option<Position>>) -> Self {
        Self { position: position.into(), ..self }
    }

    /// Adds to what to do about it.
    pub(super) fn add_help(&mut self, more: &str) {
        let help = self.help.take().map_or_else(String::new, |help| format!("{help}\n"));
        self.help = Some(help + more);
    }

    /// This problem, with what to do about it.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Everything that is wrong with one scenario, in the order of its lines.
///
/// Displays as compilers do, one problem a line and its cure indented below:
///
/// ```text
/// shop.yaml:3:3: error: simulation.num_user: unknown key
///   help: did you mean `num_users`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    /// The problems of the scenario that is called `file` in messages.
    pub fn new(file: impl Into<String>, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.position);
        Self { file: file.into(), list }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The problems, in the order of their lines.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The number of those that keep the scenario from being used.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|problem| problem.severity == Severity::Error).count()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}", self.file)?;
            if let Some(Position { line, column }) = problem.position {
                write!(f, ":{line}:{column}")?;
            }
            match problem.severity {
                Severity::Error => write!(f, ": error: ")?,
                Severity::Warning => write!(f, ": warning: ")?,
            }
            if !problem.path.is_empty() {
                write!(f, "{}: ", problem.path)?;
            }
            write!(f, "{}", problem.message)?;
            if let Some(help) = &problem.help {
                for (index, line) in help.lines().enumerate() {
                    let lead = if index == 0 { "help: " } else { "" };
                    write!(f, "\n{}", format!("  {lead}{line}").trim_end())?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
