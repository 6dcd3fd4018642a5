//! Standard output as a target.

use std::io::{self, Write};

use crate::schedule::ScheduledEvent;
use crate::target::interface::{Attempt, AttemptFailure, Target, Verdict};
use crate::target::joined::lines;
use event_simulator::digest::Digest;
use event_simulator::printable::printable;

/// Standard output, such as a pipe to a consumer.
pub(crate) struct StandardOutputTarget;

const NAME: &str = "standard output";

impl Target for StandardOutputTarget {
    type Request = bytes::Bytes;

    fn request(&self, events: &[ScheduledEvent]) -> io::Result<bytes::Bytes> {
        Ok(lines(events).into())
    }

    fn request_bytes(&self, request: &bytes::Bytes) -> usize {
        request.len()
    }

    async fn send(&self, request: &bytes::Bytes) -> Attempt {
        let text = request.clone();
        // A reader that is slow must not keep the replay from being stopped.
        let written = tokio::task::spawn_blocking(move || {
            let mut output = io::stdout().lock();
            output.write_all(&text).and_then(|()| output.flush())
        });
        let written = written.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_or_else(|error| refused(&error), |()| written_whole())
    }

    async fn answers(&self) -> bool {
        true
    }

    fn address(&self) -> String {
        NAME.to_owned()
    }

    fn tried(&self) -> String {
        "write to standard output".to_owned()
    }

    fn address_digest(&self) -> String {
        Digest::of(NAME.as_bytes())
    }

    fn health_check(&self) -> String {
        String::new()
    }

    fn shown_request(&self, events: &[ScheduledEvent]) -> String {
        shown(events)
    }
}

fn refused(error: &io::Error) -> Attempt {
    let advice = match error.kind() {
        io::ErrorKind::BrokenPipe => "Has its reader ended before the timeline?",
        _ => "Is there room where it goes?",
    };
    unwritable(error, advice)
}

/// The result of a write that worked.
pub(super) fn written_whole() -> Attempt {
    Attempt { verdict: Verdict::Accepted, status: None, failure: None, singled_out: Vec::new() }
}

/// The result of a write that did not.
pub(super) fn unwritable(error: &io::Error, advice: &'static str) -> Attempt {
    let failure = AttemptFailure {
        kind: "not written".into(),
        error: format!("cannot write: {error}"),
        response: None,
    };
    Attempt {
        verdict: Verdict::Closed { advice },
        status: None,
        failure: Some(failure),
        singled_out: Vec::new(),
    }
}

/// The lines of these events, as they may be shown.
pub(super) fn shown(events: &[ScheduledEvent]) -> String {
    let lines = events.iter().map(|event| String::from_utf8_lossy(event.body()).into_owned());
    lines.map(|line| printable(&line).into_owned()).collect::<Vec<_>>().join("\n")
}
