//! The timeline as files: lines of JSON, plain or compressed.

mod input;
pub mod scan;

pub use input::{LineReader, open};
