//! The error of a command that cannot be run.

use std::ffi::OsString;
use std::io;

/// A command could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no such program, or it is not one.
    #[error("cannot run {program}: {source}", program = .program.display())]
    Start {
        /// The program.
        program: OsString,
        /// The reason that the operating system gave.
        source: io::Error,
    },
    /// The files of a run could not be written or read.
    #[error("cannot keep candidates in {folder}: {source}; TMPDIR names another place")]
    Files {
        /// The folder.
        folder: String,
        /// The reason that the operating system gave.
        source: io::Error,
    },
    /// The output of a command could not be read.
    #[error("cannot read what the command wrote: {0}")]
    Output(io::Error),
}
