//! The reader of times, in RFC 3339 and in the forms that databases write.

use super::calendar::{days_before, is_date};

const MILLIS_PER_SECOND: u64 = 1_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// The parts of a text from left to right.
struct Parts<'a>(&'a [u8]);

impl Parts<'_> {
    /// Passes over the next byte if it is one of `bytes`.
    fn take(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        bytes.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn number(&mut self, digits: usize) -> Option<u64> {
        (0..digits).try_fold(0, |number, _| {
            self.take(b"0123456789").map(|byte| number * 10 + u64::from(byte - b'0'))
        })
    }
}

/// Reads a time: milliseconds from 1970 to what its clock shows, and by how many that clock is ahead
/// of UTC, if it says so.
///
/// The form is RFC 3339; its separator may be a space, seconds and fraction may be absent, and the
/// offset may be `Z`, `UTC`, `+00:00`, `+0000` or `+00`, after a space or not, as databases write it.
pub(super) fn read(text: &str) -> Option<(i64, Option<i64>)> {
    let mut parts = Parts(text.as_bytes());
    let year = parts.number(4)?;
    parts.take(b"-")?;
    let month = parts.number(2)?;
    parts.take(b"-")?;
    let day = parts.number(2)?;
    if !is_date(year, month, day) {
        return None;
    }
    let midnight = days_before(year, month, day) * MILLIS_PER_DAY;
    if parts.0.is_empty() {
        return Some((midnight, None));
    }
    parts.take(b"Tt ")?;
    let time_of_day = read_time_of_day(&mut parts)?;
    let offset_ms = if parts.0.is_empty() { None } else { Some(read_offset(&mut parts)?) };
    Some((midnight + time_of_day.cast_signed(), offset_ms))
}

/// Milliseconds from midnight. Digits beyond the millisecond are cut off, and a leap second is the
/// one before it.
fn read_time_of_day(parts: &mut Parts<'_>) -> Option<u64> {
    let hour = parts.number(2)?;
    parts.take(b":")?;
    let minute = parts.number(2)?;
    let second = if parts.take(b":").is_some() { parts.number(2)? } else { 0 };
    let mut millis = 0;
    if parts.take(b".,").is_some() {
        for weight in [100, 10, 1] {
            match parts.number(1) {
                Some(digit) => millis += digit * weight,
                None if weight == 100 => return None,
                None => break,
            }
        }
        while parts.number(1).is_some() {}
    }
    let is_time_of_day = hour < 24 && minute < 60 && second <= 60;
    let seconds = hour * 3_600 + minute * 60 + second.min(59);
    is_time_of_day.then_some(seconds * MILLIS_PER_SECOND + millis)
}

/// Milliseconds that a clock is ahead of UTC, to the end of the text.
fn read_offset(parts: &mut Parts<'_>) -> Option<i64> {
    let _ = parts.take(b" ");
    if matches!(parts.0, b"Z" | b"z" | b"UTC") {
        return Some(0);
    }
    let sign = if parts.take(b"+-")? == b'-' { -1 } else { 1 };
    let hours = parts.number(2)?;
    let has_minutes = parts.take(b":").is_some() || !parts.0.is_empty();
    let minutes = if has_minutes { parts.number(2)? } else { 0 };
    let is_offset = hours < 24 && minutes < 60 && parts.0.is_empty();
    let seconds = (hours * 3_600 + minutes * 60) * MILLIS_PER_SECOND;
    is_offset.then_some(sign * seconds.cast_signed())
}
