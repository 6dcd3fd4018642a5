//! The meaning of a response, or of its absence.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::RETRY_AFTER;

use super::secrets::Secrets;
use crate::config::StatusSet;
use crate::target::interface::{Attempt, AttemptFailure, Retry, Verdict};

/// Bytes of a response that are read, and characters of it that are kept as a reason.
const READ_BYTES: usize = 1024 * 1024;
const KEPT_CHARS: usize = 300;

/// The result of a try that was responded to. Reads the response, so that the connection can be used
/// again.
pub(super) async fn attempt(response: Response, success: &StatusSet, secrets: &Secrets) -> Attempt {
    let status = response.status().as_u16();
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = after.and_then(|value| retry_after(value, SystemTime::now()));
    let verdict = verdict(status, success, after);
    let is_accepted = verdict == Verdict::Accepted;
    let text = beginning(response, !is_accepted).await;
    let failure = (!is_accepted).then(|| {
        let error = format!("status {status}");
        let response = text.map(|text| secrets.mask(&text).into_owned());
        AttemptFailure { kind: Cow::Owned(error.clone()), error, response }
    });
    Attempt { verdict, status: Some(status), failure }
}

/// The result of a try that was not responded to.
pub(super) fn no_response(error: &reqwest::Error, secrets: &Secrets) -> Attempt {
    let kind = failure_kind(error);
    let cause = innermost_cause(error);
    let error = format!("{kind}: {}", secrets.mask(&cause));
    Attempt {
        verdict: Verdict::Retry(Retry { after: None, blames_target: true, responded: false }),
        status: None,
        failure: Some(AttemptFailure { kind: Cow::Borrowed(kind), error, response: None }),
    }
}

/// The meaning of a status. A gateway's 502 to 504 is not a response of the target itself.
fn verdict(status: u16, success: &StatusSet, after: Option<Duration>) -> Verdict {
    if success.contains(status) {
        return Verdict::Accepted;
    }
    let retry =
        |blames_target, responded| Verdict::Retry(Retry { after, blames_target, responded });
    match status {
        408 | 425 | 429 => retry(false, true),
        502..=504 => retry(true, false),
        500..=599 => retry(true, true),
        _ => Verdict::Refused { blames_content: matches!(status, 400 | 413 | 422) },
    }
}

/// The kind of failure that kept a response from coming.
fn failure_kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        return "timeout";
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused",
        _ if error.is_connect() => "no connection",
        _ => "connection lost",
    }
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = error.source();
    }
    None
}

/// The innermost cause, which is what the system or the peer said.
pub(super) fn innermost_cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// Reads the response to its end, within bounds, and gives its beginning if it is to be kept.
async fn beginning(mut response: Response, is_kept: bool) -> Option<String> {
    let mut kept = Vec::new();
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if is_kept && kept.len() < KEPT_CHARS * 4 {
            kept.extend_from_slice(&chunk);
        }
        if read > READ_BYTES {
            break;
        }
    }
    let text: String = String::from_utf8_lossy(&kept).chars().take(KEPT_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

/// `Retry-After`: seconds or an HTTP date ([RFC 9110], section 10.2.3).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let since_epoch = Duration::from_millis(u64::try_from(date.as_millisecond()).ok()?);
    let date = SystemTime::UNIX_EPOCH + since_epoch;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
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
        assert_eq!(retry_after(past, now), Some(Duration::ZERO));
        for wrong in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(wrong, now), None, "{wrong}");
        }
    }
}
