//! The options of a diff.

/// The options of a diff.
#[derive(Clone, Copy, Debug)]
pub struct DiffOptions {
    /// Bytes of memory to stay within, roughly.
    pub memory_bytes: u64,
}

impl Default for DiffOptions {
    /// A gibibyte.
    fn default() -> Self {
        Self { memory_bytes: 1 << 30 }
    }
}
