//! What a pipeline received or computed, held against what truly happened.
//!
//! [`verify_events`] compares received events with the timeline that was sent, [`verify_tables`] compares
//! computed tables with the expectations. Both give a [`Report`]: what was found, counted, with the first of each
//! kind and with probable causes.
//!
//! ```no_run
//! use event_simulator_check::comparison::Settings;
//! use event_simulator_check::verify::{Findings, Tolerances, verify_events, verify_tables};
//!
//! let received = ["received.jsonl".into()];
//! let settings = Settings::default();
//! let report = verify_events("sent.jsonl".as_ref(), &received, &settings, Findings::default())?;
//! assert!(report.is_clean(), "{report}");
//!
//! let tolerances: Tolerances = "avg_time_seconds=0.01".parse()?;
//! let (expected, actual) = ("expected".as_ref(), "actual".as_ref());
//! let report = verify_tables(expected, actual, &tolerances, Findings::default())?;
//! assert!(report.is_clean(), "{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cells;
mod event_causes;
mod events;
mod findings;
mod report;
mod table_causes;
mod tables;

pub use events::verify_events;
pub use findings::{Finding, Findings, Kind, Report};
pub use report::{FindingsFile, junit};
pub use tables::{TableError, Tolerances, verify_tables};
