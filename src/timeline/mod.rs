//! The timeline as files: lines of JSON, plain or compressed.

mod encode;
mod input;
pub mod scan;

pub(crate) use encode::Encoder;
pub use input::{LineReader, open};
