//! What a pipeline received or computed, held against what truly happened.
//!
//! [`verify_events`] compares received events with the timeline that was sent, [`verify_tables`] compares
//! computed tables with the expectations. Both give a [`Report`]: what was found, counted, with the first of each
//! kind and with probable causes.

mod causes;
pub mod cells;
mod events;
mod findings;
mod report;
mod tables;

pub use events::verify_events;
pub use findings::{Finding, Findings, Kind, Report};
pub use report::{FindingsFile, junit};
pub use tables::{TableError, Tolerances, verify_tables};
