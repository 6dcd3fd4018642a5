//! Events that a pipeline received and tables that it computed, held against the truth.
//!
//! | module | what it is about |
//! |---|---|
//! | [`statistics`] | counts, and the test of a timeline's mix |
//! | [`golden`] | a golden file held against what its scenario gives now |
//! | [`comparison`] | two sets of events: what `verify` and `diff` share |
//! | [`verify`] | received events against those sent, reported tables against the true ones |
//! | [`diff`](mod@diff) | how two timelines differ |
//! | [`minimize`] | the smallest input that still fails |
//! | [`gauntlet`] | a pipeline run on what arrives, a kind of fault at a time |

mod delimited;

pub mod comparison;
pub mod diff;
pub mod gauntlet;
pub mod golden;
pub mod minimize;
pub mod statistics;
pub mod verify;
