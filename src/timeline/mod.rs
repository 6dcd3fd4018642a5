//! The timeline as files: lines of JSON, plain or compressed.

mod input;

pub use input::{LineReader, open};
