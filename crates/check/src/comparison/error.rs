//! The errors of a comparison.

use std::io;
use std::path::PathBuf;

use event_simulator_timeline::ReadError;

/// A comparison could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A pipe, or another thing that can be read only once.
    #[error("{}: not a regular file; it is read more than once, so write it to a file first", .0.display())]
    NotAFile(PathBuf),
    /// The id that events are to be matched by is in none of them.
    #[error("no {side} event has {name}, so events cannot be matched by it; there are {}", found.join(", "))]
    NoSuchId {
        /// The side without it: `sent` or `received`.
        side: &'static str,
        /// The field.
        name: &'static str,
        /// The fields that there are.
        found: Vec<String>,
    },
    /// A temporary file failed.
    #[error("cannot use temporary files (TMPDIR says where): {0}")]
    Spill(#[from] io::Error),
}
