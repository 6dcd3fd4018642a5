//! A pipeline's events and tables, held against what truly happened.
//!
//! [`verify_events`] compares received events with the timeline that was sent, [`verify_tables`] compares
//! computed tables with the expectations, and [`verify_counted`] received events with what counts of what arrived. All give a [`Report`]: what was found, counted, with the first of each
//! kind and with probable causes.
//!
//! ```no_run
//! use event_simulator_check::comparison::CompareOptions;
//! use event_simulator_check::verify::{Findings, Tolerances, verify_events, verify_tables};
//!
//! let received = ["received.jsonl".into()];
//! let options = CompareOptions::default();
//! let report = verify_events("sent.jsonl".as_ref(), &received, &options, Findings::default())?;
//! assert!(report.is_clean(), "{report}");
//!
//! let tolerances: Tolerances = "avg_time_seconds=0.01".parse()?;
//! let (expected, actual) = ("expected".as_ref(), "actual".as_ref());
//! let report = verify_tables(expected, actual, &tolerances, Findings::default())?;
//! assert!(report.is_clean(), "{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod causes;
pub mod cells;
mod error;
mod events;
mod finding;
mod findings_file;
mod json_rows;
mod junit;
mod ledger;
mod marked;
mod report;
mod table;
mod tables;
mod tolerance;
mod wrong_events;

pub use account::{Account, AccountLine, BotFilter, DropReason, Judgement};
pub use causes::Cause;
pub use error::TableError;
pub use events::verify_events;
pub use finding::{Details, Finding, FindingKind};
pub use findings_file::FindingsFile;
pub(crate) use junit::escaped;
pub use junit::junit;
pub use ledger::{LedgerError, LedgerSources, verify_counted};
pub use marked::{MarkedCell, MarkedRow, MarkedTable};
pub use report::{Findings, Report, Subject};
pub use tables::{ArrivalSource, verify_tables, verify_tables_under};
pub use tolerance::Tolerances;
pub use wrong_events::WrongEvents;
