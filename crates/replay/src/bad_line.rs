//! Lines that cannot be sent.

use bytes::Bytes;

/// A line that cannot be sent, and why.
#[derive(Clone, Debug)]
pub struct BadLine {
    /// Line number, from 1.
    pub position: u64,
    /// What is there of it.
    pub line: Bytes,
    /// The reason.
    pub reason: String,
    /// The kind of what is there.
    pub kind: BadLineKind,
}

/// What there is of a line that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLineKind {
    /// The line as it stands, whatever it is.
    Line,
    /// An event.
    Event,
    /// Nothing: the line is too long to be read.
    LeftOut,
}

impl BadLine {
    /// Bytes of the line, its end included, as far as they were read.
    pub(crate) fn line_bytes(&self) -> u64 {
        match self.kind {
            BadLineKind::LeftOut => 0,
            BadLineKind::Line | BadLineKind::Event => self.line.len() as u64 + 1,
        }
    }
}
