//! The errors of a comparison of tables.

use std::io;
use std::path::PathBuf;

use event_simulator::expectations::tables::SHAPES;
use event_simulator_timeline::ReadError;

/// The endings of files that are read as tables.
pub(super) const FORMATS: [&str; 7] = ["csv", "tsv", "json", "jsonl", "ndjson", "parquet", "arrow"];

/// A table could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason that the operating system gave.
        source: io::Error,
    },
    /// A file is not a table.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A table stands in a directory twice, such as a stale file beside the one that is written now.
    #[error(
        "{} and {} are both the table {table}: keep the one that is meant",
        first.display(),
        second.display()
    )]
    Twice {
        /// The table.
        table: &'static str,
        /// One file or directory of it.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// A table in a form that is not read.
    #[error(
        "{}: this form is not read; tables are read as {} (plain, .gz or .zst), so write it as one of them",
        path.display(),
        FORMATS.join(", ")
    )]
    UnknownFormat {
        /// The file or directory.
        path: PathBuf,
    },
    /// What arrived cannot be read.
    #[error(transparent)]
    Arrivals(#[from] ReadError),
    /// The expected tables are those of other rules or arrivals.
    #[error(
        "{}: its tables are not those of the policy of what arrived in {}: give the arrivals and the policy that \
         `expect --policy` was given",
        path.display(),
        arrivals.display()
    )]
    OtherPolicy {
        /// The directory.
        path: PathBuf,
        /// What arrived.
        arrivals: PathBuf,
    },
    /// There is nothing to compare.
    #[error("{} has none of the tables {}: `expect -o DIR` writes them", path.display(), names())]
    NoTables {
        /// The directory.
        path: PathBuf,
    },
}

fn names() -> String {
    SHAPES.map(|shape| shape.name).join(", ")
}
