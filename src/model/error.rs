//! The error of a scenario that no model can be made of.

use std::fmt;

use crate::scenario::Problem;

/// A scenario cannot be simulated: every reason, each with the key it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelError {
    problems: Vec<Problem>,
}

impl ModelError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        debug_assert!(!problems.is_empty());
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
