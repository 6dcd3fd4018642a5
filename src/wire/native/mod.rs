//! The native format: one JSON object a line, as `serde_json` writes an [`Event`](crate::Event).

mod encode;
pub(super) mod own_line;
mod size;

pub use encode::Encoder;
pub use size::expected_bytes_per_session;
