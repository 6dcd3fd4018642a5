//! Times of faults: spans, and moments of the run.

use serde::{Serialize, Serializer};

use crate::quantity::parse_duration;
use crate::scenario::key_value::parse_number;
use crate::scenario::kinds::Parsed;
use crate::time::VirtualTime;

/// A time that something takes, or by which a clock is wrong: then it may be below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan {
    /// Milliseconds.
    pub millis: i64,
}

/// A moment of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunMoment {
    /// After its start.
    After(TimeSpan),
    /// By the calendar.
    At(VirtualTime),
}

pub(in crate::scenario) const SPAN: Parsed<TimeSpan> = Parsed {
    wanted: "a time such as 20s, 5m, 1h30m or -2m",
    parse: TimeSpan::parse,
    write: |span| span.text(),
};

pub(super) const MOMENT: Parsed<RunMoment> = Parsed {
    wanted: "a time after the start such as 90m or 2d, or a moment such as 2026-01-05T12:00:00Z",
    parse: RunMoment::parse,
    write: |moment| moment.text(),
};

impl TimeSpan {
    fn parse(text: &str) -> Option<Self> {
        let (sign, size) = match text.strip_prefix('-') {
            Some(size) => (-1.0, size),
            None => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        let seconds = match parse_number(size) {
            Some(0.0) => 0.0,
            Some(_) => return None,
            None => parse_duration(size).ok()?.as_secs_f64(),
        };
        Some(Self { millis: (sign * seconds * 1_000.0).round() as i64 })
    }

    fn text(self) -> String {
        if self.millis % 1_000 == 0 {
            format!("{}s", self.millis / 1_000)
        } else {
            format!("{}ms", self.millis)
        }
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.text())
    }
}

impl RunMoment {
    fn parse(text: &str) -> Option<Self> {
        if let Some(span) = TimeSpan::parse(text).filter(|span| span.millis >= 0) {
            return Some(Self::After(span));
        }
        text.parse().ok().map(Self::At)
    }

    fn text(self) -> String {
        match self {
            Self::After(span) => span.text(),
            Self::At(time) => time.to_string(),
        }
    }

    /// The moment of a run that starts at `start`; the end of virtual time if it is beyond.
    pub(crate) fn of_run(self, start: VirtualTime) -> VirtualTime {
        match self {
            Self::At(time) => time,
            Self::After(span) => {
                start.checked_add_millis(span.millis.unsigned_abs()).unwrap_or(VirtualTime::MAX)
            }
        }
    }
}

impl Serialize for RunMoment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.text())
    }
}
