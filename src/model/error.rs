//! What a scenario asks for that cannot be.

use std::fmt;

/// Why a scenario cannot be simulated: every reason, each with the key it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ModelError {
    refusals: Vec<Refusal>,
}

/// One thing that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The whole path of the key, such as `user_behavior.pages_per_session_min`.
    pub key: String,
    /// What is wrong with it, with the numbers, and what to do.
    pub reason: String,
}

impl ModelError {
    /// All that is wrong, in the order in which it was found; never empty.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Refusal { key, reason }) in self.refusals.iter().enumerate() {
            let line_end = if i == 0 { "" } else { "\n" };
            write!(f, "{line_end}{key}: {reason}")?;
        }
        Ok(())
    }
}

/// Gathers refusals, so that all of them are reported at once.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Refusal>);

impl Refusals {
    pub(crate) fn add(&mut self, key: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Refusal { key: key.into(), reason: reason.into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` if nothing was refused.
    pub(super) fn unless_any<T>(self, value: Option<T>) -> Result<T, ModelError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(ModelError { refusals: self.0 }),
        }
    }
}
