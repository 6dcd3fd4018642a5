//! The meaning of a response, or of its absence.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use event_simulator::wire::Answers;
use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Body;

use crate::config::{StatusSet, masked_url};
use crate::target::interface::{Attempt, AttemptFailure, EventResult, Retry, RetryCause, Verdict};
use crate::target::secrets::Secrets;

const LOCATION: &str = "location";
const RETRY_AFTER: &str = "retry-after";

/// Bytes of a response that are read, those of it that are looked at for secrets, and characters that
/// are kept as a reason.
const READ_BYTES: usize = 1024 * 1024;
const MASKED_BYTES: usize = 64 * 1024;
const KEPT_CHARS: usize = 300;
/// Bytes at the end of what is looked at that a secret may begin in.
const CUT_BYTES: usize = 4 * 1024;

/// What is needed to say what a response means.
pub(super) struct Reader {
    pub(super) success: StatusSet,
    /// What answers mean beside their statuses, in the format of another.
    pub(super) answers: Option<Answers>,
    pub(super) secrets: Secrets,
    /// The proxy that responses come through, without credentials.
    pub(super) proxy: Option<String>,
}

/// A response as far as it has come.
pub(super) struct Answer {
    status: u16,
    /// The wait that it asks for.
    after: Option<Duration>,
    /// The place that it leads to.
    location: Option<String>,
    /// True if it says that the event was thrown away.
    is_discarded: bool,
    /// The beginning of the body, if that means something.
    kept: Option<Vec<u8>>,
    /// Bytes of the body that have come.
    read: usize,
}

/// A request that got no whole response.
pub(super) struct FailedExchange {
    cause: RetryCause,
    kind: &'static str,
    /// What the system or the peer said.
    detail: String,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connecting,
    Sent,
    /// The head of a response is there, with this status.
    Answered(u16),
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Takes a part of the body. False if the body is longer than anybody reads.
    pub(super) fn take(&mut self, part: &[u8]) -> bool {
        self.read += part.len();
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&part[..part.len().min(MASKED_BYTES - kept.len())]);
        }
        self.read <= READ_BYTES
    }

    /// The beginning of the body, without the end of what was cut: a secret that was cut would not be known again.
    fn beginning(self) -> Option<Vec<u8>> {
        let mut kept = self.kept?;
        if self.read > kept.len() {
            kept.truncate(MASKED_BYTES - CUT_BYTES);
        }
        Some(kept)
    }
}

impl FailedExchange {
    /// The failure of a request that has come so far.
    pub(super) fn of(error: &(dyn Error + 'static), stage: Stage) -> Self {
        let detail = innermost_cause(error);
        if is_unprocessed(error) {
            return Self { cause: RetryCause::Unprocessed, kind: "not processed", detail };
        }
        if let Stage::Answered(status) = stage {
            let detail = format!("the response broke off after status {status}: {detail}");
            return Self { cause: RetryCause::NoResponse, kind: "connection lost", detail };
        }
        let (cause, kind) = match (io_kind(error), stage) {
            _ if is_timeout(error) => (RetryCause::Unreachable, "timeout"),
            (Some(io::ErrorKind::ConnectionRefused), _) => {
                (RetryCause::Unreachable, "connection refused")
            }
            (_, Stage::Connecting) => (RetryCause::Unreachable, "no connection"),
            _ => (RetryCause::NoResponse, "connection lost"),
        };
        Self { cause, kind, detail }
    }

    /// A request that took too long; `has_begun` if it was on its way.
    pub(super) fn timeout(has_begun: bool) -> Self {
        let (cause, detail) = if has_begun {
            (RetryCause::NoResponse, "no whole response in time")
        } else {
            (RetryCause::Unreachable, "no connection in time")
        };
        Self { cause, kind: "timeout", detail: detail.to_owned() }
    }
}

impl Reader {
    /// The result of a try that was responded to. Reads the response, so that the connection can be
    /// used again; one that breaks off is none.
    pub(super) async fn read<B>(&self, response: Response<B>) -> Result<Attempt, FailedExchange>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Error + 'static,
    {
        let status = response.status().as_u16();
        let headers = response.headers();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut answer = self.answer(status, header);
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|error| FailedExchange::of(&error, Stage::Answered(status)))?;
            if frame.data_ref().is_some_and(|part| !answer.take(part)) {
                break;
            }
        }
        Ok(self.attempt(answer))
    }

    /// What the head of a response says, with the values that its headers have.
    pub(super) fn answer<'h>(
        &self,
        status: u16,
        header: impl Fn(&'static str) -> Option<&'h str>,
    ) -> Answer {
        let is_accepted = self.success.contains(status);
        let now = SystemTime::now;
        let after = || header(RETRY_AFTER).and_then(|value| retry_after(value, now()));
        let is_redirect = (300..400).contains(&status);
        let told = self.answers.and_then(Answers::discarded_header);
        let is_discarded =
            told.is_some_and(|(name, value)| is_accepted && header(name) == Some(value));
        // An answer that all is well is only read where it can say that not all is.
        let is_kept = !is_accepted || self.answers.is_some_and(Answers::accepts_parts);
        Answer {
            status,
            after: if is_accepted { None } else { after() },
            location: header(LOCATION).filter(|_| is_redirect).map(str::to_owned),
            is_discarded,
            kept: is_kept.then(Vec::new),
            read: 0,
        }
    }

    /// The result of a try, by all that is known of its response.
    pub(super) fn attempt(&self, answer: Answer) -> Attempt {
        let status = answer.status;
        if answer.is_discarded {
            return discarded(status);
        }
        let verdict = verdict(status, &self.success, answer.after);
        let location = answer.location.as_deref();
        let location =
            location.map(|location| format!(" (to {})", self.shown(&masked_url(location))));
        let beginning = answer.beginning();
        let partly = self.answers.zip(beginning.as_deref());
        let partly = partly.and_then(|(answers, text)| answers.partly_refused(status, text));
        if let Some(refused) = partly {
            return self.partly_accepted(status, refused);
        }
        let failure = (verdict != Verdict::Accepted).then(|| {
            let mut error = format!("status {status}");
            let kind = Cow::Owned(error.clone());
            error.push_str(&location.unwrap_or_default());
            if matches!(status, 407 | 502..=504) {
                error.push_str(&self.way());
            }
            AttemptFailure { kind, error, response: beginning.and_then(|text| self.kept(&text)) }
        });
        Attempt { verdict, status: Some(status), failure, singled_out: Vec::new() }
    }

    /// The result of a try of which the target has taken a part.
    fn partly_accepted(&self, status: u16, refused: Vec<(usize, String)>) -> Attempt {
        let result = |reason: String| {
            let error = format!("refused: {}", self.shown(&reason));
            let kind = Cow::Borrowed("refused");
            let failure = AttemptFailure { kind, error, response: None };
            EventResult::Refused { status: Some(status), failure }
        };
        let refused = refused.into_iter().map(|(place, reason)| (place, result(reason)));
        let singled_out = refused.collect();
        Attempt { verdict: Verdict::Accepted, status: Some(status), failure: None, singled_out }
    }

    /// The proxy that a failure may be the fault of.
    fn way(&self) -> String {
        let way = self.proxy.as_ref().map(|proxy| format!(" by way of the proxy {proxy}"));
        way.unwrap_or_default()
    }

    /// The beginning of a response, as it may be shown. Secrets are masked before anything is cut.
    fn kept(&self, text: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(text);
        let text = self.shown(&text);
        (!text.is_empty()).then_some(text)
    }

    fn shown(&self, text: &str) -> String {
        self.secrets.mask(text).chars().take(KEPT_CHARS).collect()
    }

    /// The result of a try that was not responded to.
    pub(super) fn no_response(&self, failed: &FailedExchange) -> Attempt {
        let FailedExchange { cause, kind, detail } = failed;
        let is_said = detail.to_ascii_lowercase().starts_with(kind);
        let detail =
            if is_said { String::new() } else { format!(": {}", self.secrets.mask(detail)) };
        let error = format!("{kind}{}{detail}", self.way());
        Attempt {
            verdict: Verdict::Retry(Retry { after: None, cause: *cause }),
            status: None,
            failure: Some(AttemptFailure { kind: Cow::Borrowed(kind), error, response: None }),
            singled_out: Vec::new(),
        }
    }
}

/// The result of a try whose event the target says to have discarded.
fn discarded(status: u16) -> Attempt {
    let kind = Cow::Borrowed("discarded");
    let error = format!("discarded by the receiver, with status {status}");
    Attempt {
        verdict: Verdict::Refused { blames_content: true },
        status: Some(status),
        failure: Some(AttemptFailure { kind, error, response: None }),
        singled_out: Vec::new(),
    }
}

/// The meaning of a status. A gateway's 502 to 504 is not a response of the target itself.
fn verdict(status: u16, success: &StatusSet, after: Option<Duration>) -> Verdict {
    if success.contains(status) {
        return Verdict::Accepted;
    }
    let retry = |cause| Verdict::Retry(Retry { after, cause });
    match status {
        408 | 425 | 429 => retry(RetryCause::Busy),
        // A gateway had no response from the target.
        502 | 504 => retry(RetryCause::NoResponse),
        503 => retry(RetryCause::Down),
        500..=599 => retry(RetryCause::Failed),
        _ => Verdict::Refused { blames_content: matches!(status, 400 | 413 | 422) },
    }
}

/// True if the peer says that it has not looked at the request, so that it can be sent again: over
/// HTTP/2 when it refuses a stream or goes away.
fn is_unprocessed(error: &(dyn Error + 'static)) -> bool {
    causes(error).find_map(|error| error.downcast_ref::<h2::Error>()).is_some_and(|error| {
        let is_refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (error.is_go_away() || error.is_reset() && is_refused)
    })
}

fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    let of_client = error.downcast_ref::<reqwest::Error>();
    of_client.is_some_and(reqwest::Error::is_timeout)
        || io_kind(error) == Some(io::ErrorKind::TimedOut)
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    causes(error).find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The innermost cause, which is what the system or the peer said.
pub(super) fn innermost_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

/// An error, its cause, and so on.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// `Retry-After`: seconds or an HTTP date ([RFC 9110], section 10.2.3). One that asks for no wait is none.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds)).filter(|wait| !wait.is_zero());
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let since_epoch = Duration::from_millis(u64::try_from(date.as_millisecond()).ok()?);
    let date = SystemTime::UNIX_EPOCH + since_epoch;
    date.duration_since(now).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16) -> Verdict {
        verdict(status, &StatusSet::default(), None)
    }

    #[test]
    fn what_may_pass_is_retried_and_the_rest_is_not() {
        for status in [408, 425, 429, 500, 501, 502, 503, 504, 599] {
            assert!(matches!(meaning(status), Verdict::Retry(_)), "{status}");
        }
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(meaning(status), Verdict::Accepted, "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 409, 413, 422] {
            let blames_content = [400, 413, 422].contains(&status);
            assert_eq!(meaning(status), Verdict::Refused { blames_content }, "{status}");
        }
        let own = "200,409".parse().unwrap();
        assert_eq!(verdict(409, &own, None), Verdict::Accepted);
        assert_eq!(verdict(201, &own, None), Verdict::Refused { blames_content: false });
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let date = "Sun, 06 Nov 1994 08:49:47 GMT";
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(date, now), Some(Duration::from_secs(10)));
        let past = "Sun, 06 Nov 1994 08:49:30 GMT";
        for wrong in ["", "soon", "-1", "1.5", "0", past] {
            assert_eq!(retry_after(wrong, now), None, "{wrong}");
        }
    }
}
