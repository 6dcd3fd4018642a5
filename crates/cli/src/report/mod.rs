//! Results as text.

pub(crate) mod golden;
mod histogram;
pub(crate) mod replay;
pub(crate) mod traffic;
pub(crate) mod verdict;
