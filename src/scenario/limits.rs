//! What is allowed, in one place for the reader and the JSON Schema.

/// What a number may be, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<T> {
    pub(super) min: T,
    pub(super) max: T,
}

impl<T: Copy + PartialOrd> Range<T> {
    pub(super) fn contains(self, value: T) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

const fn range<T: Copy>(min: T, max: T) -> Range<T> {
    Range { min, max }
}

/// Ids have 24 bits for the user.
pub(super) const USERS: Range<u32> = range(1, 1 << 24);
pub(super) const PAGES_PER_SESSION: Range<u32> = range(1, 10_000);
pub(super) const CLICKS_PER_PAGE: Range<u32> = range(0, 10_000);
pub(super) const RETRIES: Range<u32> = range(0, 1_000);

/// Some 32 years.
pub(super) const MAX_SECONDS: f64 = 1e9;
pub(super) const SECONDS: Range<f64> = range(0.0, MAX_SECONDS);
/// One millisecond, virtual time's grain, is the least that is not nothing.
pub(super) const POSITIVE_SECONDS: Range<f64> = range(0.001, MAX_SECONDS);
pub(super) const SHARE: Range<f64> = range(0.0, 1.0);

/// Characters that the name of a page, button, journey or event has at most.
pub(super) const MAX_NAME_CHARS: usize = 200;
pub(super) const LIST_ENTRIES: usize = 10_000;
/// Bytes that a scenario file has at most.
pub const FILE_BYTES: u64 = 4 * 1024 * 1024;

/// How far a sum of shares may be from 1.
pub(super) const SUM_TOLERANCE: f64 = 1e-6;
