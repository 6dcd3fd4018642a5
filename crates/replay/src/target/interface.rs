//! The interface of a target.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use crate::error::ReplayError;
use crate::schedule::ScheduledEvent;

/// What a person should know of connections without a check of certificates.
pub(super) const INSECURE_WARNING: &str = "WARNING: --insecure accepts any certificate: anybody on \
    the way can read and change what is sent";

/// A place that batches are sent to. One for a replay, shared by all requests.
pub(crate) trait Target: Send + Sync + 'static {
    /// A batch in the target's own form. It is made once, and sent again with each try.
    type Request: Send + Sync;

    /// The request for these events, or the reason why there can be none.
    fn request(&self, events: &[ScheduledEvent]) -> io::Result<Self::Request>;

    /// Bytes that one try sends.
    fn request_bytes(&self, request: &Self::Request) -> usize;

    /// Sends a request once, and gives the result.
    fn send(&self, request: &Self::Request) -> impl Future<Output = Attempt> + Send;

    /// True if the target answers a request that has no events in it and changes nothing.
    fn answers(&self) -> impl Future<Output = bool> + Send;

    /// The address as it may be shown.
    fn address(&self) -> String;

    /// A digest of the address in full, by which it is known again.
    fn address_digest(&self) -> String;

    /// What is tried, with the address as it may be shown.
    fn tried(&self) -> String;

    /// A command by which a person sees whether the target is up.
    fn health_check(&self) -> String;

    /// The request for these events in full, as it may be shown.
    fn shown_request(&self, events: &[ScheduledEvent]) -> String;

    /// A command that sends these events by hand, with secrets masked; none if there is no such one.
    fn curl(&self, _events: &[ScheduledEvent]) -> Option<String> {
        None
    }

    /// Something that a person should know before anything is sent.
    fn warning(&self) -> Option<&'static str> {
        None
    }

    /// Makes ready what is needed before anything is sent.
    fn begin(&self) -> Result<(), ReplayError> {
        Ok(())
    }

    /// Brings to an end what all was sent to.
    fn finish(&self) -> Result<(), ReplayError> {
        Ok(())
    }
}

/// The result of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) verdict: Verdict,
    /// The status of the response; `None` if there was no response.
    pub(crate) status: Option<u16>,
    /// The reason why it was not accepted.
    pub(crate) failure: Option<AttemptFailure>,
    /// Events, by their places in the request, of which the target has said something else than the
    /// verdict does. A further try leaves them out.
    pub(crate) singled_out: Vec<(usize, EventResult)>,
}

/// The result for one event of a request.
#[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "others name only what they refuse"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EventResult {
    /// The target has it.
    Accepted,
    /// The target will never take it.
    Refused {
        /// The target's number for the reason.
        status: Option<u16>,
        failure: AttemptFailure,
    },
}

/// The meaning of the response, or of its absence, for the events of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The target has them.
    Accepted,
    /// It may pass by itself.
    Retry(Retry),
    /// The target will never take the request as it is.
    Refused {
        /// A smaller part of the batch might be taken.
        blames_content: bool,
    },
    /// The target takes nothing, and will not without somebody's help.
    Closed {
        /// What a person may do.
        advice: &'static str,
    },
}

/// A failed try that is worth another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    /// The time that the target asked to wait.
    pub(crate) after: Option<Duration>,
    pub(crate) cause: RetryCause,
}

/// The reason why a failed try is worth another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryCause {
    /// There was no connection.
    Unreachable,
    /// The request was on its way, and no whole response came, also to a gateway. It may be what the
    /// request does to the target.
    NoResponse,
    /// The target, or a gateway, says that it is down.
    Down,
    /// The target says that it failed.
    Failed,
    /// The target asks for patience.
    Busy,
    /// The target says that it has not looked at the request.
    Unprocessed,
}

impl RetryCause {
    /// True if it tells of the target's state: no response at all, or one that says so.
    pub(crate) fn blames_target(self) -> bool {
        matches!(self, Self::Unreachable | Self::NoResponse | Self::Down | Self::Failed)
    }

    /// True if the target itself responded, so that it may be the event's own fault all the same.
    pub(crate) fn has_response(self) -> bool {
        matches!(self, Self::Failed | Self::Busy)
    }
}

/// The reason why a try was not accepted, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptFailure {
    /// Its kind, for statistics.
    pub(crate) kind: Cow<'static, str>,
    /// The reason in full.
    pub(crate) error: String,
    /// The beginning of the response.
    pub(crate) response: Option<String>,
}
