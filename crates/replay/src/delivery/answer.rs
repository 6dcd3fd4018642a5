//! What an answer, or its absence, means for an event.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use super::super::options::StatusSet;

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The target has it.
    Accepted,
    /// It may pass by itself.
    Retry(Retry),
    /// The target will never take it.
    Refused,
}

/// Why a try is worth another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    /// How long the target asked to wait.
    pub(super) after: Option<Duration>,
    /// Whether it tells of the target's state: no answer at all, or a 5xx.
    pub(super) blames_target: bool,
    /// Whether it may be the event's own fault all the same: the target answered, and with 500.
    pub(super) answered: bool,
}

/// The meaning of a status.
pub(super) fn of_status(status: u16, success: &StatusSet, after: Option<Duration>) -> Verdict {
    if success.contains(status) {
        return Verdict::Accepted;
    }
    match status {
        408 | 425 | 429 => Verdict::Retry(Retry { after, blames_target: false, answered: true }),
        502..=504 => Verdict::Retry(Retry { after, blames_target: true, answered: false }),
        500..=599 => Verdict::Retry(Retry { after, blames_target: true, answered: true }),
        _ => Verdict::Refused,
    }
}

/// Why no answer came: the kind, for statistics.
pub(super) fn failure_kind(error: &reqwest::Error) -> &'static str {
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
pub(super) fn explain(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// `Retry-After`: seconds or an HTTP date ([RFC 9110], section 10.2.3).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
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

    fn verdict(status: u16) -> Verdict {
        of_status(status, &StatusSet::default(), None)
    }

    #[test]
    fn what_may_pass_is_retried_and_the_rest_is_not() {
        for status in [408, 425, 429, 500, 501, 502, 503, 504, 599] {
            assert!(matches!(verdict(status), Verdict::Retry(_)), "{status}");
        }
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(verdict(status), Verdict::Accepted, "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 409, 413, 422] {
            assert_eq!(verdict(status), Verdict::Refused, "{status}");
        }
        let own = "200,409".parse().unwrap();
        assert_eq!(of_status(409, &own, None), Verdict::Accepted);
        assert_eq!(of_status(201, &own, None), Verdict::Refused);
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
