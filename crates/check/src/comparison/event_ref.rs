//! Events where they stand.

/// The two sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was sent: the truth, or the first timeline.
    Sent,
    /// What was received, or the second timeline.
    Received,
}

/// An event where it stands.
#[derive(Clone, Copy, Debug)]
pub struct EventRef<'a> {
    /// The JSON text.
    pub line: &'a [u8],
    /// The side.
    pub side: Side,
    /// The file, of those of its side, from 0.
    pub file: u32,
    /// The line or row of the file, from 1.
    pub number: u64,
    /// Its place among all events of its side.
    pub order: u64,
}
