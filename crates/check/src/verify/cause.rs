//! The probable causes of what is wrong.

use std::fmt;

use serde::{Serialize, Serializer};

use super::finding::FindingKind;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// A probable cause.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// No event that was received belongs to the timeline.
    AnotherTimeline,
    /// Events of some users were never sent.
    UnsentEvents {
        /// The number of users, up to a limit.
        users: usize,
    },
    /// No event was received.
    NothingReceived,
    /// The end of the timeline is missing.
    EndMissing,
    /// The beginning of the timeline is missing.
    BeginningMissing,
    /// One run of events is missing.
    RunMissing,
    /// All that is missing is of one type.
    TypeMissing {
        /// The type.
        event_type: String,
        /// The number of events.
        events: u64,
    },
    /// Single events are missing here and there.
    ScatteredMissing,
    /// Events were received again.
    EventsDuplicated,
    /// A field of events has another value.
    FieldAltered {
        /// The field.
        field: String,
        /// The number of events.
        events: u64,
        /// The change of the value.
        change: ValueChange,
    },
    /// Events stand in another order.
    EventsOutOfOrder,
    /// Events stand behind newer ones.
    EventsLate,
    /// Lines are no events.
    LinesUnreadable,
    /// The hours of all events are moved.
    HoursShifted {
        /// By so many.
        hours: i64,
    },
    /// Rows have the keys of others.
    RowsDuplicated,
    /// Cells of a column have other numbers.
    CellsAltered {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The number of cells.
        cells: usize,
        /// The change of the numbers.
        change: NumberChange,
    },
    /// Rows are missing, and none is unexpected.
    RowsMissing,
    /// Rows are unexpected, and none is missing.
    RowsUnexpected,
}

/// A change of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueChange {
    /// It is not there any more.
    Lost,
    /// There was none.
    Gained,
    /// It means the same in another JSON type.
    Retyped,
    /// A time to the second.
    CutToSeconds,
    /// A time moved by so many milliseconds.
    ShiftedMillis(i64),
    /// Another value.
    Other,
}

/// A change of all numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberChange {
    /// All are a hundredth.
    PercentageAsFraction,
    /// All are a hundredfold.
    FractionAsPercentage,
    /// All are a thousandfold.
    SecondsAsMillis,
    /// All are a thousandth.
    MillisAsSeconds,
    /// All are a sixtieth.
    SecondsAsMinutes,
    /// All are more, where distinct things are counted.
    NotDistinct,
    /// All are twice as many.
    Doubled,
    /// All are more.
    More,
    /// All are fewer.
    Fewer,
    /// All are rounded.
    Rounded {
        /// To so many decimals.
        decimals: i32,
    },
    /// All are cut off.
    CutOff {
        /// After so many decimals.
        decimals: i32,
    },
    /// No cell agrees.
    AllOther,
}

impl Cause {
    /// The kind of finding that it is the cause of.
    pub fn kind(&self) -> FindingKind {
        match self {
            Self::AnotherTimeline | Self::UnsentEvents { .. } | Self::RowsUnexpected => {
                FindingKind::Unexpected
            }
            Self::NothingReceived
            | Self::EndMissing
            | Self::BeginningMissing
            | Self::RunMissing
            | Self::TypeMissing { .. }
            | Self::ScatteredMissing
            | Self::RowsMissing => FindingKind::Missing,
            Self::EventsDuplicated | Self::RowsDuplicated => FindingKind::Duplicated,
            Self::FieldAltered { .. } | Self::HoursShifted { .. } | Self::CellsAltered { .. } => {
                FindingKind::Altered
            }
            Self::EventsOutOfOrder => FindingKind::OutOfOrder,
            Self::EventsLate => FindingKind::Late,
            Self::LinesUnreadable => FindingKind::Unreadable,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind())?;
        match self {
            Self::AnotherTimeline => f.write_str(
                "nothing that was received belongs to this timeline: another seed or scenario?",
            ),
            Self::UnsentEvents { users } => write!(
                f,
                "events of {users} users that were never sent: left over from an earlier run, or ids \
                 were changed"
            ),
            Self::NothingReceived => f.write_str("nothing of the timeline was received"),
            Self::EndMissing => f.write_str(
                "the end of the timeline: the consumer stopped early, or a last batch was not flushed",
            ),
            Self::BeginningMissing => f.write_str(
                "the beginning of the timeline: the consumer started late (offset `latest`?)",
            ),
            Self::RunMissing => {
                f.write_str("one run of events in the middle: a lost batch or file, or an outage")
            }
            Self::TypeMissing { event_type, events } => {
                write!(f, "all {events} are {event_type}: a filter or a schema drops this type")
            }
            Self::ScatteredMissing => {
                f.write_str("scattered: rejected and not retried, or delivered at most once")
            }
            Self::EventsDuplicated => f.write_str(
                "something was retried or read again and the target is not idempotent; deduplicate \
                 by event_id",
            ),
            Self::FieldAltered { field, events, change } => {
                let plural = if *events == 1 { "" } else { "s" };
                write!(f, "{field} of {events} event{plural}: {change}")
            }
            Self::EventsOutOfOrder => f.write_str(
                "events of one user went through parallel workers or partitions; use user_id as the \
                 partition key (or pass --unordered if order is not promised)",
            ),
            Self::EventsLate => f.write_str("retries or a lagging partition; check the watermark"),
            Self::LinesUnreadable => {
                f.write_str("lines cut off, as when a file is copied while written")
            }
            Self::HoursShifted { hours } => write!(
                f,
                "hours and the edges of days are moved by {hours:+} h: the pipeline groups by a local \
                 time zone, the expectations by UTC"
            ),
            Self::RowsDuplicated => f.write_str(
                "rows were appended by a second run, or a key column is not grouped by",
            ),
            Self::CellsAltered { table, column, cells, change } => {
                write!(f, "{table}.{column} ({cells} cells): {change}")?;
                if let NumberChange::Rounded { decimals } = change {
                    let tolerance = 0.5 / 10_f64.powi(*decimals);
                    write!(f, "; if that is wanted: --tolerance {column}={tolerance}")?;
                }
                Ok(())
            }
            Self::RowsMissing => f.write_str(
                "groups without rows: an inner join or a filter drops them, or the run ended before \
                 all was in",
            ),
            Self::RowsUnexpected => {
                f.write_str("rows of another run, or days and hours of another time zone")
            }
        }
    }
}

impl fmt::Display for ValueChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("the value was lost: a column or key is not carried over"),
            Self::Gained => f.write_str("a value was added"),
            Self::Retyped => f.write_str(
                "another JSON type with the same meaning: inferred types, or an integer column with \
                 nulls",
            ),
            Self::CutToSeconds => f.write_str("milliseconds were cut off or rounded"),
            Self::ShiftedMillis(millis) if millis % (MILLIS_PER_HOUR / 4) == 0 => {
                let hours = *millis as f64 / MILLIS_PER_HOUR as f64;
                write!(f, "moved by {hours:+} h: local time taken for UTC, or the other way round")
            }
            Self::ShiftedMillis(millis) => {
                let seconds = *millis as f64 / 1_000.0;
                write!(f, "moved by {seconds:+} s: a clock, or a replayed time")
            }
            Self::Other => f.write_str("another value"),
        }
    }
}

impl fmt::Display for NumberChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PercentageAsFraction => "100 times less: a fraction where a percentage is meant",
            Self::FractionAsPercentage => {
                "100 times more: a percentage where a fraction was, or the factor applied twice"
            }
            Self::SecondsAsMillis => "1000 times more: milliseconds instead of seconds",
            Self::MillisAsSeconds => "1000 times less: seconds taken for milliseconds",
            Self::SecondsAsMinutes => "60 times less: minutes instead of seconds",
            Self::NotDistinct => "more: counted without DISTINCT, or distinct over a finer group",
            Self::Doubled => "twice as many: duplicates were counted, or a join multiplies rows",
            Self::More => "more: duplicates were counted, or a join multiplies rows",
            Self::Fewer => "fewer: events were lost or filtered",
            Self::Rounded { decimals } => return write!(f, "rounded to {decimals} decimals"),
            Self::CutOff { decimals } => {
                return write!(f, "cut off after {decimals} decimals: integer division?");
            }
            Self::AllOther => "no cell agrees: another definition?",
        })
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
