//! What a person sees while a command runs.

pub(crate) mod collector;
pub(crate) mod minimize;
pub(crate) mod progress;
pub(crate) mod replay;
