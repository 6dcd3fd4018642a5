//! The smallest timeline on which a command still fails: delta debugging.
//!
//! A pipeline that gets something wrong in a million events usually does so for a handful of them.
//! The search leaves events out and runs the pipeline again, and keeps what it left out gone as
//! long as the pipeline still fails: whole users first, then sessions, then single events, so that
//! a failure that shows for one user of a million is found in some tens of runs.
//!
//! What is found is *1-minimal*: leave out any one of its events, with those that cannot stand
//! without it (see [`Structure`]), and the failure is gone.
//!
//! [`ddmin`] and [`minimize`] are pure: what a candidate is tried on is an [`Oracle`]. [`Pipeline`] is
//! the one that runs a command.
//!
//! ```
//! use std::convert::Infallible;
//! use event_simulator_check::minimize::{Found, Lines, Oracle, Structure, minimize};
//!
//! /// Fails whenever line 5 is there.
//! struct Shop;
//!
//! impl Oracle for Shop {
//!     type Stop = Infallible;
//!
//!     fn first_interesting(
//!         &mut self,
//!         candidates: &mut dyn Iterator<Item = Vec<u32>>,
//!     ) -> Result<Option<Found>, Infallible> {
//!         let mut candidates = candidates.enumerate();
//!         let found = candidates.find(|(_, lines)| lines.contains(&5));
//!         Ok(found.map(|(index, items)| Found { index, items }))
//!     }
//! }
//!
//! let timeline = Lines::new(
//!     &br#"{"event_type":"session_created","user_id":"a","session_id":"1"}
//! {"event_type":"session_created","user_id":"b","session_id":"2"}
//! {"event_type":"page_visited","user_id":"b","session_id":"2","page_path":"/"}
//! {"event_type":"page_closed","user_id":"b","session_id":"2","page_path":"/"}
//! {"event_type":"page_visited","user_id":"b","session_id":"2","page_path":"/cart"}
//! {"event_type":"checkout","user_id":"b","session_id":"2","page_path":"/cart"}
//! "#[..],
//! )?;
//! let mut left = timeline.all();
//! let Ok(()) = minimize(&Structure::of(&timeline)?, &mut left, &mut Shop, |_, _| {});
//! assert_eq!(left, [1, 4, 5], "the checkout, its page and its session");
//! # Ok::<(), std::io::Error>(())
//! ```

mod command;
mod completed;
mod condition;
mod ddmin;
mod error;
mod lines;
mod pipeline;
mod run_error;
mod search;
mod structure;

pub use command::CommandLine;
pub(crate) use command::RunningCommand;
pub use completed::{CompletedRun, OutputTail, TIMED_OUT};
pub use condition::{ExitCondition, ParseConditionError, RunCondition};
pub use ddmin::{Found, Oracle, ddmin};
pub use error::{NothingToFind, StopReason};
pub use lines::{LineBlock, Lines};
pub use pipeline::{Limits, Pipeline, PipelineOracle};
pub use run_error::RunError;
pub use search::{Level, minimize, stays_minimal};
pub use structure::{Size, Structure};
