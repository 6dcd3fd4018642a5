//! Tables written and read back.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod golden;
mod round_trip;
