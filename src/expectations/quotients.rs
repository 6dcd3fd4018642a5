//! Sums and quotients as the tables have them.

use crate::scenario::events::ExactNumber;

/// Milliseconds in seconds.
pub(super) fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}

/// The mean of `count` times that sum up to `millis`, in seconds.
pub(super) fn mean_seconds(millis: u64, count: u64) -> f64 {
    ratio(u128::from(millis), u128::from(count) * 1_000).unwrap_or_default()
}

/// The mean of `count` numbers that sum up to `sum`.
pub(super) fn mean(sum: u64, count: u64) -> f64 {
    ratio(u128::from(sum), u128::from(count)).unwrap_or_default()
}

/// `part` in percent of `whole`; none if the whole is nothing.
pub(super) fn percent(part: u64, whole: u64) -> Option<f64> {
    ratio(u128::from(part) * 100, u128::from(whole))
}

/// The mean of `count` numbers of this sum.
pub(super) fn exact_mean(sum: ExactNumber, count: u64) -> f64 {
    let (units, decimals) = sum.units_and_decimals();
    let divisor = 10_u128.checked_pow(decimals).and_then(|one| one.checked_mul(count.into()));
    let size = divisor.and_then(|divisor| ratio(units.unsigned_abs(), divisor)).unwrap_or_default();
    if units < 0 { -size } else { size }
}

/// Millionths of one.
pub(super) fn millionths(count: u64) -> f64 {
    count as f64 / 1e6
}

/// A share as a percentage of six decimals.
pub(super) fn rounded_percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

/// A quotient, rounded to six decimals as an integer so that no floating-point error enters.
fn ratio(dividend: u128, divisor: u128) -> Option<f64> {
    let millionths = (2_000_000 * dividend + divisor).checked_div(2 * divisor)?;
    Some(millionths as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_rounded_half_away_from_zero() {
        assert_eq!(ratio(2, 3), Some(0.666_667));
        assert_eq!(ratio(1, 2_000_000), Some(0.000_001));
        assert_eq!(ratio(1, 2_000_001), Some(0.0));
        assert_eq!(percent(5, 0), None);
        assert_eq!(mean_seconds(37_250, 3).to_string(), "12.416667");
    }
}
