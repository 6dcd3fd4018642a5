//! The options of a diff.

/// The options of a diff.
#[derive(Clone, Copy, Debug)]
pub struct DiffOptions {
    /// Bytes of memory to stay within, roughly.
    pub memory_bytes: u64,
    /// True to lay the timelines over each other, too, which reads them once more.
    pub is_overlaid: bool,
}

impl Default for DiffOptions {
    /// A gibibyte, and no overlay.
    fn default() -> Self {
        Self { memory_bytes: 1 << 30, is_overlaid: false }
    }
}
