//! The errors of a golden check.

use std::io;
use std::path::PathBuf;

/// A golden file could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoldenError {
    /// It cannot be opened.
    #[error("cannot open the golden file {}{}: {source}", path.display(), cure(source))]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason that the operating system gave.
        source: io::Error,
    },
    /// It cannot be read, or the generation was stopped (then of the kind `Interrupted`).
    #[error("cannot compare with {}: {source}", path.display())]
    Compare {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

fn cure(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => " (make it by the same command with -o in place of --check)",
        _ => "",
    }
}
