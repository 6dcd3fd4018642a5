//! Received events held against what counts of what arrived, each difference attributed to what faults did.
//!
//! ```text
//! error -> fault_notes -> judged -> attribution -> fault_causes, lost_batches -> counted
//! fault_notes -> bot_filter -> counted
//! ```

mod attribution;
mod bot_filter;
mod counted;
mod error;
mod fault_causes;
mod fault_notes;
mod judged;
mod lost_batches;

pub use counted::{LedgerSources, verify_counted};
pub use error::LedgerError;
