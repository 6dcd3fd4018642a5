//! Numbers by their digits, which may be more than a double has.

use super::hashing::{hash, mix};

/// A JSON number: its digits without zeros at either end, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JsonNumber {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i64,
    /// True for a whole number that is written with a fraction, such as `2.0`.
    is_whole_with_fraction: bool,
}

impl JsonNumber {
    /// The number that a JSON text is; none if it is no number, or its exponent has more than 18 digits.
    pub(super) fn of(raw: &[u8]) -> Option<Self> {
        let (is_negative, rest) = match raw {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let is_e = |byte: &u8| matches!(byte, b'e' | b'E');
        let (mantissa, exponent) = match rest.iter().position(is_e) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = match memchr::memchr(b'.', mantissa) {
            Some(at) => (&mantissa[..at], Some(&mantissa[at + 1..])),
            None => (mantissa, None),
        };
        let after_point = fraction.unwrap_or_default();
        let has_leading_zero = whole.len() > 1 && whole[0] == b'0';
        if whole.is_empty()
            || has_leading_zero
            || !whole.iter().chain(after_point).all(u8::is_ascii_digit)
        {
            return None;
        }
        let mut digits = [whole, after_point].concat();
        let mut exponent = exponent - after_point.len() as i64;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        digits.drain(..digits.iter().take_while(|digit| **digit == b'0').count());
        if digits.is_empty() {
            let is_whole_with_fraction = fraction.is_some();
            return Some(Self { is_negative: false, digits, exponent: 0, is_whole_with_fraction });
        }
        let is_whole_with_fraction = fraction.is_some() && exponent >= 0;
        Some(Self { is_negative, digits, exponent, is_whole_with_fraction })
    }

    /// True for the same value, however it is written.
    pub(super) fn is_same_value(&self, other: &Self) -> bool {
        (self.is_negative, &self.digits, self.exponent)
            == (other.is_negative, &other.digits, other.exponent)
    }

    pub(super) fn hash(&self) -> u64 {
        let flags = u64::from(self.is_negative) | u64::from(self.is_whole_with_fraction) << 1;
        mix([flags, self.exponent as u64, hash(&self.digits)])
    }
}

fn exponent(raw: &[u8]) -> Option<i64> {
    const MOST_DIGITS: usize = 18;
    let digits = raw.strip_prefix(b"+").or(raw.strip_prefix(b"-")).unwrap_or(raw);
    let is_number =
        (1..=MOST_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if !is_number {
        return None;
    }
    let size = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Some(if raw.first() == Some(&b'-') { -size } else { size })
}
