//! Failures of commands, and the exit codes that tell of them.

use std::io;
use std::process::ExitCode;

use event_simulator::scenario::Problems;
use event_simulator_timeline::ReadError;

use crate::error_form::{tell_error, tell_problems, tell_read_error};

/// Why a command did not end with exit code 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// Bad usage or a bad scenario: exit 2.
    #[error("{0}")]
    Usage(String),
    /// A scenario that cannot be used: exit 2.
    #[error("{0}")]
    Scenario(#[from] Problems),
    /// A timeline that cannot be read: exit 1.
    #[error(transparent)]
    Timeline(#[from] ReadError),
    /// The command ran and something failed: exit 1.
    #[error("{0}")]
    Failed(String),
    /// The command ran, and has already printed what failed: exit 1, no further message.
    #[error("failed")]
    Reported,
    /// A scenario that cannot be used, and that is said already: exit 2, no further message.
    #[error("bad scenario")]
    BadScenario,
    /// A file or stream could not be read or written: exit 1.
    #[error("{context}: {source}")]
    Io {
        /// The action that failed, with the file's name.
        context: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Ctrl+C: exit 130.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// A function for `map_err` that says what was being done.
    pub(crate) fn io(context: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let context = context.into();
        move |source| Self::Io { context, source }
    }

    /// Prints the message on standard error and gives the exit code. A reader that closed its pipe
    /// has what it wanted, so that ends quietly.
    pub(crate) fn report(self) -> ExitCode {
        match &self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Reported | Self::BadScenario | Self::Interrupted => {}
            Self::Scenario(problems) => tell_problems(problems),
            Self::Timeline(error) => tell_read_error(error),
            Self::Usage(text) => tell_error("usage", text),
            Self::Failed(_) | Self::Io { .. } => tell_error("failed", &self.to_string()),
        }
        match self {
            Self::Usage(_) | Self::Scenario(_) | Self::BadScenario => ExitCode::from(2),
            Self::Timeline(_) | Self::Failed(_) | Self::Reported | Self::Io { .. } => {
                ExitCode::from(1)
            }
            Self::Interrupted => ExitCode::from(130),
        }
    }
}
