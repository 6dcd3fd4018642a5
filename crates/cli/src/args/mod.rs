//! Arguments that several commands share, and what is said of them.

pub(crate) mod config_flags;
pub(crate) mod html;
pub(crate) mod policy;
pub(crate) mod replay_output;
pub(crate) mod scenario;
pub(crate) mod wire_format;
