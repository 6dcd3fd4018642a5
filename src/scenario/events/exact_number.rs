//! Decimal numbers, exactly.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A decimal number: a whole number of units of which 1 has ten to the power of `decimals`. What does not fit 128
/// bits is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct ExactNumber {
    units: i128,
    decimals: u32,
}

/// A text that is no units and decimals such as `-1250e-2`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0:?} is not an exact number such as -1250e-2")]
pub(crate) struct NotExactError(String);

impl From<ExactNumber> for String {
    fn from(number: ExactNumber) -> Self {
        format!("{}e-{}", number.units, number.decimals)
    }
}

impl TryFrom<String> for ExactNumber {
    type Error = NotExactError;

    fn try_from(text: String) -> Result<Self, NotExactError> {
        let parts = text.split_once("e-");
        let parsed =
            parts.and_then(|(units, decimals)| Some((units.parse().ok()?, decimals.parse().ok()?)));
        match parsed {
            Some((units, decimals)) => Ok(Self { units, decimals }),
            None => Err(NotExactError(text)),
        }
    }
}

impl ExactNumber {
    /// Nothing.
    pub(crate) const ZERO: Self = Self { units: 0, decimals: 0 };

    /// A number of units.
    pub(crate) const fn of_units(units: i64, decimals: u32) -> Self {
        Self { units: units as i128, decimals }
    }

    /// The same of more units than 64 bits hold.
    pub(crate) const fn of_wide_units(units: i128, decimals: u32) -> Self {
        Self { units, decimals }
    }

    /// The number that a text such as `-12.50` means; none for any other text, also for `1e3`.
    #[inline]
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (is_negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let (mut units, mut decimals, mut after_point) = (0_u64, 0, None);
        for (at, digit) in digits.iter().enumerate() {
            match digit {
                b'0'..=b'9' => {
                    units = units.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
                }
                b'.' if after_point.is_none() && at > 0 => after_point = Some(at + 1),
                _ => return None,
            }
        }
        if let Some(start) = after_point {
            decimals = (digits.len() - start) as u32;
        }
        let is_whole_text = !digits.is_empty() && after_point != Some(digits.len());
        let units = if is_negative { -i128::from(units) } else { i128::from(units) };
        is_whole_text.then_some(Self { units, decimals })
    }

    /// The double that is nearest to it, which shows its digits if there are no more than 15.
    pub(crate) fn nearest(self) -> f64 {
        String::from(self).parse().unwrap_or_default()
    }

    /// The whole number of units, and the digits after the point.
    pub(crate) fn units_and_decimals(self) -> (i128, u32) {
        (self.units, self.decimals)
    }

    /// True for 1.
    pub(crate) fn is_one(self) -> bool {
        self.compare(Self::of_units(1, 0)) == Some(Ordering::Equal)
    }

    /// The digits after the point.
    pub(crate) fn decimals(self) -> u32 {
        self.decimals
    }

    /// The sum.
    #[inline]
    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        let units = self.units_of(decimals)?.checked_add(other.units_of(decimals)?)?;
        Some(Self { units, decimals })
    }

    /// The difference.
    #[inline]
    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        let units = other.units.checked_neg()?;
        self.add(Self { units, ..other })
    }

    /// The product.
    #[inline]
    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        let units = self.units.checked_mul(other.units)?;
        Some(Self { units, decimals: self.decimals + other.decimals })
    }

    /// The whole number of units nearest to this one, half of one away from zero.
    #[inline]
    pub(crate) fn rounded(self, decimals: u32) -> Option<i128> {
        if decimals >= self.decimals {
            return self.units_of(decimals);
        }
        let scale = 10_i128.checked_pow(self.decimals - decimals)?;
        let (whole, rest) = (self.units / scale, self.units % scale);
        let away = if rest.abs() >= scale - rest.abs() { rest.signum() } else { 0 };
        Some(whole + away)
    }

    /// The order of two numbers; none where it takes more than 128 bits.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let decimals = self.decimals.max(other.decimals);
        Some(self.units_of(decimals)?.cmp(&other.units_of(decimals)?))
    }

    #[inline]
    fn units_of(self, decimals: u32) -> Option<i128> {
        if decimals == self.decimals {
            return Some(self.units);
        }
        self.units.checked_mul(10_i128.checked_pow(decimals - self.decimals)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> ExactNumber {
        ExactNumber::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn texts_are_read() {
        assert_eq!(number("-12.50"), ExactNumber::of_units(-1250, 2));
        assert_eq!(number("0"), ExactNumber::ZERO);
        for wrong in ["", "-", ".5", "1.", "1e3", "1.2.3", "+1", " 1", "99999999999999999999"] {
            assert_eq!(ExactNumber::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn half_a_unit_is_rounded_away_from_zero() {
        for (text, units) in
            [("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("1.015", 102), ("2", 200)]
        {
            assert_eq!(number(text).rounded(2), Some(units), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_number() {
        let large = ExactNumber::of_units(i64::MAX, 0);
        let square = large.multiply(large).unwrap();
        assert_eq!(square.multiply(large), None);
        assert_eq!(square.add(ExactNumber::of_units(1, 9)), None);
        assert_eq!(ExactNumber::ZERO.rounded(60), None);
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_whole_numbers(a: i32, b: i32, p in 0..5_u32, q in 0..5_u32) {
            let [x, y] = [(a, p), (b, q)].map(|(units, decimals)| ExactNumber::of_units(units.into(), decimals));
            let scaled = |units: i32, decimals: u32| i128::from(units) * 10_i128.pow(9 - decimals);
            let (a9, b9) = (scaled(a, p), scaled(b, q));
            prop_assert_eq!(x.add(y).unwrap().rounded(9), Some(a9 + b9));
            prop_assert_eq!(x.subtract(y).unwrap().rounded(9), Some(a9 - b9));
            let product = i128::from(a) * i128::from(b) * 10_i128.pow(9 - p - q.min(9 - p));
            if p + q <= 9 {
                prop_assert_eq!(x.multiply(y).unwrap().rounded(9), Some(product));
            }
            prop_assert_eq!(x.compare(y), Some(a9.cmp(&b9)));
        }
    }
}
