//! Arguments that several commands share.

pub(crate) mod replay;
pub(crate) mod replay_output;
pub(crate) mod scenario;
