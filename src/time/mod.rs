//! Virtual time: the simulated clock, in whole milliseconds.

mod buckets;
mod calendar;
mod parser;
mod time_text;
mod virtual_time;
mod written;
mod zone;

pub use buckets::{BucketValue, Buckets, NamedCounts, TimeBuckets};
pub(crate) use time_text::TimeText;
pub(crate) use virtual_time::MILLIS_PER_DAY;
pub use virtual_time::{ParseTimeError, TEXT_LEN, VirtualTime};
pub use written::{EpochUnit, TimeForm, WrittenTime};
