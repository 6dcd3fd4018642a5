//! Results as text.

pub(crate) mod golden;
pub(crate) mod replay;
pub(crate) mod traffic;
