//! Errors that keep a replay from beginning, or from going on.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use event_simulator::quantity::show_duration;
use event_simulator::time::VirtualTime;

/// The reason why a replay could not begin, or could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A configuration that cannot be.
    #[error("{0}")]
    Config(String),
    /// A timeline that cannot be read, or a line of it that cannot be replayed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A target that is down.
    #[error(
        "cannot deliver to {address}: {reason}{}. Is it up? {health_check}",
        if waited.is_zero() { String::new() } else { format!(" (waited {})", show_duration(*waited)) }
    )]
    Outage {
        /// The target's address, secrets masked.
        address: String,
        /// The result of the last try.
        reason: String,
        /// The time that it was waited for.
        waited: Duration,
        /// A command that shows whether it is up.
        health_check: String,
    },
    /// A target that takes nothing, whenever it is tried.
    #[error("cannot deliver to {address}: {reason}. {advice}")]
    Closed {
        /// The target's address, secrets masked.
        address: String,
        /// What it said.
        reason: String,
        /// What a person may do.
        advice: &'static str,
    },
    /// A target that asks for a longer wait than an outage may last.
    #[error(
        "{address} asks to wait {}, longer than --outage-limit, {}: go on later, or raise that",
        show_duration(*after),
        show_duration(*limit)
    )]
    LongWait {
        /// The target's address, secrets masked.
        address: String,
        /// The time that it asks for.
        after: Duration,
        /// The longest time that is waited.
        limit: Duration,
    },
    /// A target that refused everything from the first request on.
    #[error(
        "each of the first {requests} requests was refused: {reason}\n  tried: {tried}{}\n  help: {advice}{}",
        response.as_ref().map(|said| format!("\n  it said: {said}")).unwrap_or_default(),
        again.as_ref().map(|again| format!("\n  by hand: {again}")).unwrap_or_default()
    )]
    Refused {
        /// The number of refusals.
        requests: u32,
        /// The request that was tried, secrets masked.
        tried: String,
        /// The status.
        reason: String,
        /// The beginning of the last response, in a line.
        response: Option<String>,
        /// What a person may do.
        advice: &'static str,
        /// A command that sends one such event by hand, secrets masked.
        again: Option<String>,
    },
    /// A journal that does not remember what is settled.
    #[error("cannot write the journal {}: {source}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Dead letters that do not keep what cannot be delivered.
    #[error("cannot write the dead letters {}: {source}", path.display())]
    DeadLetters {
        /// Their file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file that does not keep what is sent.
    #[error("cannot save what is sent to {}: {source}", path.display())]
    SentFile {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A machine that would not give a thread or a runtime.
    #[error("cannot start: {0}")]
    Start(io::Error),
}

impl ReplayError {
    /// True if the target is to blame.
    pub(crate) fn is_of_target(&self) -> bool {
        matches!(self, Self::Outage { .. } | Self::LongWait { .. } | Self::Refused { .. })
    }
}

/// The reason why a source ended before its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A source that could not be read.
    #[error("cannot read {name}: {source}")]
    Io {
        /// The file's name.
        name: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A source that was read up to a line, and no further.
    #[error("cannot read {name}{}: {source}", beyond(*line))]
    Broken {
        /// The file's name.
        name: String,
        /// The last line that was read, from 1.
        line: u64,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A window of time in which no event lies.
    #[error("no event of {name} lies in the window: its times are from {first} to {last}")]
    EmptyWindow {
        /// The file's name.
        name: String,
        /// The earliest time.
        first: VirtualTime,
        /// The latest time.
        last: VirtualTime,
    },
    /// A journal that says more to be settled than there is.
    #[error(
        "the journal says that line {position} is settled, but the timeline ends with line {end}: is it \
         the journal of another?"
    )]
    JournalBeyondEnd {
        /// The last position in the journal.
        position: u64,
        /// The last line of the timeline.
        end: u64,
    },
    /// A line that cannot be replayed, where that was asked to be an error.
    #[error("{name}, line {position}: {reason}")]
    BadLine {
        /// The file's name.
        name: String,
        /// The line's number, from 1.
        position: u64,
        /// The reason.
        reason: String,
    },
}

/// Where reading ended, if a line was read.
fn beyond(line: u64) -> String {
    if line == 0 { String::new() } else { format!(" beyond line {line}") }
}
