//! The errors of a merge.

use std::io;
use std::path::PathBuf;

use super::manifest::ManifestError;
use event_simulator::wire::scan::ScanError;

/// Why parts could not be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A line is not an event.
    #[error("{path}:{line}: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// The reason.
        source: ScanError,
    },
    /// A line lacks what its order is told by.
    #[error("{path}:{line}: it has no {field:?}")]
    Missing {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// The field that is missing.
        field: &'static str,
    },
    /// A file is not what its manifest says: its lines are not in order.
    #[error(
        "{path}:{line}: it does not belong after the line above; lines are in order of {order}"
    )]
    Unordered {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// What lines are in order of.
        order: &'static str,
    },
    /// Two parts have a line each in one place, so that their order is not known.
    #[error(
        "{path}:{line} and {other}:{other_line} are equal in {order}; are they parts of one whole?"
    )]
    EqualKeys {
        /// What lines are in order of.
        order: &'static str,
        /// A part.
        path: PathBuf,
        /// The line's number in it, from 1.
        line: u64,
        /// Another part.
        other: PathBuf,
        /// The line's number in that.
        other_line: u64,
    },
    /// A part's manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// These are not the parts of one timeline, or not whole, by what their manifests say.
    #[error("{0}")]
    NotParts(String),
}
