//! The errors of a comparison with the ledger.

use std::path::PathBuf;

use event_simulator_timeline::ReadError;

use crate::comparison::CompareError;

/// A comparison with the ledger could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The comparison failed.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// A line of a ledger is none.
    #[error("{}:{line}: it is no line of a ledger ({source}): give the file that `generate --format ledger` or --truth writes", path.display())]
    NoNote {
        /// The ledger.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The reason.
        source: serde_json::Error,
    },
    /// A line of the deliveries is none.
    #[error("{}:{line}: it is no delivery: give the file that `generate --format deliveries` or --truth writes", path.display())]
    NoDelivery {
        /// The deliveries.
        path: PathBuf,
        /// The arrival, from 1.
        line: u64,
    },
    /// The numbers of timeline, ledger and deliveries do not add up.
    #[error(
        "{happened} events happened, and by the ledger {added} were added, {copied} copied and {lost} lost, which makes \
         {}, but {arrivals} arrived: {}, {} and {} are not of one run",
        happened + added + copied - lost.min(happened), timeline.display(), ledger.display(), deliveries.display()
    )]
    NotOfOneRun {
        /// Events of the timeline.
        happened: u64,
        /// Events that faults added.
        added: u64,
        /// Copies.
        copied: u64,
        /// Events that were lost.
        lost: u64,
        /// Arrivals.
        arrivals: u64,
        /// The timeline.
        timeline: PathBuf,
        /// The ledger.
        ledger: PathBuf,
        /// The deliveries.
        deliveries: PathBuf,
    },
}
