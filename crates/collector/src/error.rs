//! Why a collector does not start, or does not end well.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a collector did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectorError {
    /// The address is taken, or not this machine's.
    #[error(
        "cannot listen on {addr}: {source}; choose another port with --port (0 takes a free one)"
    )]
    Bind {
        /// Where it should have listened.
        addr: SocketAddr,
        /// The reason the operating system gave.
        source: io::Error,
    },
    /// The output file cannot be opened.
    #[error("cannot write {}: {source}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// The reason the operating system gave.
        source: io::Error,
    },
    /// The faults cannot be injected as configured.
    #[error(transparent)]
    Faults(#[from] FaultError),
    /// The thread or its event loop could not be had.
    #[error("cannot start the collector's thread: {0}")]
    Thread(io::Error),
    /// The server ended before it was told to.
    #[error("the collector's thread ended unexpectedly")]
    Died,
}

/// Why faults cannot be injected as configured.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The shares of requests that fail, are reset, hang and are dropped, above 1 in all.
    #[error(
        "a request meets one fault at most, but fail, reset, hang and silently-drop add up to {:.1} %; lower them \
         to 100 % in all",
        total * 100.0
    )]
    Shares {
        /// Their sum.
        total: f64,
    },
    /// A status that is none of a failure.
    #[error("{status} is not the status of a failure: choose 400 to 599")]
    Status {
        /// The status.
        status: u16,
    },
    /// An outage that ends when it begins.
    #[error("--down wants a range, from when to when, such as 10s..20s")]
    EmptyOutage,
}
