//! The single numbers of results: their names, where they stand, and their forms.

use crate::picture::Form;

/// The name of a number, its path in the result, and its form.
pub(crate) type NumberPlace = (&'static str, &'static str, Form);

/// The numbers of a run of `replay`.
pub(crate) const REPLAY: [NumberPlace; 19] = [
    ("events delivered", "delivered", Form::Count),
    ("events a second", "events_per_second", Form::Rate),
    ("elapsed", "elapsed_seconds", Form::Seconds),
    ("dead letters", "dead_letters", Form::Count),
    ("bad lines", "bad_lines", Form::Count),
    ("unsettled", "unsettled", Form::Count),
    ("settled before", "settled_before", Form::Count),
    ("given up before", "given_up_before", Form::Count),
    ("requests", "requests", Form::Count),
    ("retries", "retries", Form::Count),
    ("outages", "outages", Form::Count),
    ("bytes sent", "sent_bytes", Form::Bytes),
    ("lag, p50", "lag/p50", Form::Micros),
    ("lag, p99", "lag/p99", Form::Micros),
    ("latency, p50", "latency/p50", Form::Micros),
    ("latency, p90", "latency/p90", Form::Micros),
    ("latency, p99", "latency/p99", Form::Micros),
    ("latency, max", "latency/max", Form::Micros),
    ("latency from due, p99", "latency_from_due/p99", Form::Micros),
];

/// The numbers of a forecast of `plan`.
pub(crate) const PLAN: [NumberPlace; 8] = [
    ("users", "users", Form::Count),
    ("sessions", "sessions", Form::Count),
    ("events", "events", Form::Count),
    ("bytes", "bytes", Form::Bytes),
    ("pages a session", "pages_per_session", Form::Number),
    ("events a session", "events_per_session", Form::Number),
    ("a session lasts", "session_seconds", Form::Seconds),
    ("of virtual time", "events_per_second", Form::Rate),
];

/// The numbers of statistics of `stats`.
pub(crate) const STATS: [NumberPlace; 5] = [
    ("events", "events", Form::Count),
    ("completed sessions", "completed_sessions", Form::Count),
    ("active sessions", "active_sessions", Form::Count),
    ("lines that are no events", "errors", Form::Count),
    ("of virtual time", "elapsed_seconds", Form::Seconds),
];

/// What `verify` compared.
pub(crate) const VERIFY_SIZES: [NumberPlace; 4] = [
    ("events sent", "sizes/sent", Form::Count),
    ("events received", "sizes/received", Form::Count),
    ("tables", "sizes/tables", Form::Count),
    ("rows expected", "sizes/rows", Form::Count),
];
