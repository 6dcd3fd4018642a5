//! The errors of a search.

use super::completed::OutputTail;
use super::condition::RunCondition;
use super::run_error::RunError;

/// The reason why a search ended before it was done.
#[derive(Debug, thiserror::Error)]
pub enum StopReason {
    /// The time was up.
    #[error("the time limit ended before the command had ended on the whole timeline")]
    TimeLimit,
    /// The user wanted it.
    #[error("interrupted")]
    Interrupted,
    /// The command could not be run.
    #[error(transparent)]
    Failed(#[from] RunError),
}

/// The reason why there is no failure to look for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NothingToFind {
    /// The command does not do what is wanted.
    #[error(
        "on the whole timeline the command ended with exit code {exit}, and not with {condition}{}",
        tail.under("; it said:")
    )]
    NotOnTheWhole {
        /// The exit code on the whole timeline.
        exit: i32,
        /// The condition that should hold.
        condition: RunCondition,
        /// The end of what the command wrote.
        tail: OutputTail,
    },
    /// The command succeeds, and nothing else was asked for.
    #[error(
        "on the whole timeline the command ended with exit code 0, so there is no failure to look \
         for; --grep TEXT looks for one in its output, --interesting-if 'exit == 0' for success"
    )]
    Success,
    /// The command does what is wanted on an empty timeline too.
    #[error(
        "the command ends with {condition} on an empty timeline too, so no event is to blame; \
         --grep TEXT or --interesting-if tell the failure from others{}",
        tail.under("; on the whole one it said:")
    )]
    OnNothing {
        /// The condition that should hold.
        condition: RunCondition,
        /// The end of what the command wrote on the whole timeline.
        tail: OutputTail,
    },
    /// The command could not be tried.
    #[error(transparent)]
    Stopped(#[from] StopReason),
}

impl From<RunError> for NothingToFind {
    fn from(error: RunError) -> Self {
        Self::Stopped(error.into())
    }
}
