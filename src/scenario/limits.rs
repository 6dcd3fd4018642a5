//! What is allowed, in one place for the reader and the JSON Schema.

use std::ops::RangeInclusive;

/// Ids have 24 bits for the user.
pub(super) const USERS: RangeInclusive<u32> = 1..=1 << 24;
pub(super) const PAGES_PER_SESSION: RangeInclusive<u32> = 1..=10_000;
pub(super) const CLICKS_PER_PAGE: RangeInclusive<u32> = 0..=10_000;
pub(super) const RETRIES: RangeInclusive<u32> = 0..=1_000;

/// Some 32 years.
pub(super) const MAX_SECONDS: f64 = 1e9;
pub(super) const SECONDS: RangeInclusive<f64> = 0.0..=MAX_SECONDS;
/// One millisecond, virtual time's grain, is the least that is not nothing.
pub(super) const POSITIVE_SECONDS: RangeInclusive<f64> = 0.001..=MAX_SECONDS;
pub(super) const SHARE: RangeInclusive<f64> = 0.0..=1.0;

/// Characters in the name of a page, button, journey or event.
pub(super) const NAME_CHARS: RangeInclusive<usize> = 1..=200;
pub(super) const LIST_ENTRIES: usize = 10_000;
pub(super) const FILE_BYTES: u64 = 4 * 1024 * 1024;

/// How far a sum of shares may be from 1.
pub(super) const SUM_TOLERANCE: f64 = 1e-6;
