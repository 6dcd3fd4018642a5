//! The errors of a gauntlet.

use std::io;
use std::path::{Path, PathBuf};

use event_simulator_timeline::ReadError;

use crate::minimize::RunError;

/// A gauntlet could not be run; what a pipeline does wrong is no such error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GauntletError {
    /// A case cannot be made.
    #[error("case {name}: {reason}")]
    Case {
        /// Its name.
        name: &'static str,
        /// The reason.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason that the operating system gave.
        source: io::Error,
    },
    /// What arrives cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The command cannot be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The user wanted it to end.
    #[error("interrupted")]
    Interrupted,
}

impl GauntletError {
    /// A function for `map_err` that names a file.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
