//! The reasons why a scenario cannot be simulated.

use std::fmt;

use crate::scenario::Problem;

/// The reasons why a scenario cannot be simulated, each with the key that it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelError {
    problems: Vec<Problem>,
}

impl ModelError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// All that is wrong, in the order in which it was found; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Problem { path, message, .. }) in self.problems.iter().enumerate() {
            let line_end = if i == 0 { "" } else { "\n" };
            write!(f, "{line_end}{path}: {message}")?;
        }
        Ok(())
    }
}

/// Gathers refusals, so that all of them are reported at once.
#[derive(Debug, Default)]
pub(super) struct Refusals(Vec<Problem>);

impl Refusals {
    pub(super) fn add(&mut self, key: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Problem::error(key, reason));
    }

    /// `value` if nothing was refused.
    pub(super) fn unless_any<T>(self, value: Option<T>) -> Result<T, ModelError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ModelError::new(self.0)),
        }
    }
}
