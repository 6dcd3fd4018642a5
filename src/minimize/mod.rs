//! The smallest timeline on which a command still fails: delta debugging.
//!
//! A pipeline that gets something wrong in a million events usually does so for a handful of them.
//! The search leaves events out and runs the pipeline again, and keeps what it left out gone as
//! long as the pipeline still fails: whole users first, then sessions, then single events, so that
//! a failure that shows for one user of a million is found in some tens of runs.
//!
//! What is found is *1-minimal*: leave out any one of its events, and the failure is gone.

mod ddmin;

pub use ddmin::{Found, Judge, ddmin};
