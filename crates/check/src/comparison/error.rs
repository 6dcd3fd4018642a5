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
    /// A temporary file failed.
    #[error("cannot use temporary files (TMPDIR says where): {0}")]
    Spill(io::Error),
}
