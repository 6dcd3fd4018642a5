//! Arguments that several commands share.

pub(crate) mod config_flags;
pub(crate) mod replay_output;
pub(crate) mod scenario;
