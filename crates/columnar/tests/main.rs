//! Tables written and read back.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../../tests/any_properties.rs"]
mod any_properties;
mod golden;
mod records;
mod round_trip;
