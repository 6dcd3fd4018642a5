//! The native format: one JSON object a line, as `serde_json` writes an [`Event`](crate::Event).

mod encode;
pub(super) mod own_line;

pub use encode::Encoder;
