//! The parts of a written time.

use super::calendar::{days_before, is_date};

/// A parser of one text, of which it holds the part that is still to be read.
pub(super) struct Parser<'a>(pub(super) &'a [u8]);

impl Parser<'_> {
    fn take(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    pub(super) fn take_any(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = bytes.contains(&first).then_some(rest)?;
        Some(first)
    }

    fn digit(&mut self) -> Option<u64> {
        self.take_any(b"0123456789").map(|digit| u64::from(digit - b'0'))
    }

    fn two_digits(&mut self) -> Option<u64> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    /// Days since the epoch of `2026-01-01`, `2026/01/01` or `20260101`.
    pub(super) fn date(&mut self) -> Option<i64> {
        let year = self.two_digits()? * 100 + self.two_digits()?;
        let separator = self.take_any(b"-/");
        let month = self.two_digits()?;
        if let Some(separator) = separator {
            self.take(separator)?;
        }
        let day = self.two_digits()?;
        is_date(year, month, day).then(|| days_before(year, month, day))
    }

    /// Second of the day, milliseconds and decimals of `12`, `12:00`, `12:00:00` or `12:00:00.250`, also
    /// without the colons. A leap second is the one before it.
    pub(super) fn time_of_day(&mut self) -> Option<(i64, u64, u8)> {
        let hour = self.two_digits()?;
        let has_colons = self.0.first() == Some(&b':');
        let (mut minute, mut second, mut millis, mut decimals) = (0, 0, 0, 0);
        if self.has_more(has_colons) {
            minute = self.two_digits()?;
            if self.has_more(has_colons) {
                second = self.two_digits()?;
                if self.take_any(b".,").is_some() {
                    (millis, decimals) = self.fraction()?;
                }
            }
        }
        let is_time = hour < 24 && minute < 60 && second <= 60;
        let second_of_day = hour * 3_600 + minute * 60 + second.min(59);
        is_time.then_some((second_of_day as i64, millis, decimals))
    }

    /// True if another two digits follow, before which a colon is taken off where there are colons.
    fn has_more(&mut self, has_colons: bool) -> bool {
        if has_colons {
            self.take(b':').is_some()
        } else {
            self.0.first().is_some_and(u8::is_ascii_digit)
        }
    }

    /// Milliseconds and the number of digits; at least one digit.
    fn fraction(&mut self) -> Option<(u64, u8)> {
        let (mut millis, mut decimals) = (self.digit()? * 100, 1_u8);
        for weight in [10, 1].into_iter().chain(std::iter::repeat(0)) {
            let Some(digit) = self.digit() else { break };
            millis += digit * weight;
            decimals = decimals.checked_add(1)?;
        }
        Some((millis, decimals))
    }

    /// Seconds ahead of UTC. A name in brackets may follow, as Java writes it; nothing else.
    pub(super) fn offset(&mut self) -> Option<i32> {
        if let Some((&b']', rest)) = self.0.split_last() {
            self.0 = rest.rsplitn(2, |&byte| byte == b'[').nth(1)?;
        }
        if self.0.is_empty() {
            return Some(0);
        }
        // Nothing but a space is no offset.
        let _ = self.take(b' ');
        if [&b"Z"[..], b"UTC", b"GMT"].iter().any(|name| self.0.eq_ignore_ascii_case(name)) {
            return Some(0);
        }
        let sign = if self.take_any(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.two_digits()?;
        let has_colons = self.0.first() == Some(&b':');
        let minutes = if self.has_more(has_colons) { self.two_digits()? } else { 0 };
        let is_offset = hours < 24 && minutes < 60 && self.0.is_empty();
        is_offset.then_some(sign * (hours * 3_600 + minutes * 60) as i32)
    }
}
