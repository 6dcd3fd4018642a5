//! Numbers as columns of decimals have them.

use super::error::ColumnarError;

/// More than the digits that a column of decimals has would not be read back.
const UNITS: i128 = 10_i128.pow(18);

/// The value of a text that is one word.
pub(crate) fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, ColumnarError> {
    text.parse().map_err(|_| ColumnarError::value(format!("{text} is not {what}")))
}

/// The units of a decimal of which 1 has ten to the power of `scale`.
pub(crate) fn units_of_text(text: &str, scale: u32) -> Result<i128, ColumnarError> {
    units(text, scale).ok_or_else(|| does_not_fit(text, scale))
}

/// The same of a number that has units of its own.
pub(crate) fn units_of_units(
    number: i64,
    decimals: u32,
    scale: u32,
) -> Result<i128, ColumnarError> {
    let number = i128::from(number);
    let power = |digits: u32| 10_i128.checked_pow(digits);
    let scaled = if scale >= decimals {
        power(scale - decimals).and_then(|by| number.checked_mul(by))
    } else {
        power(decimals - scale).filter(|by| number % by == 0).map(|by| number / by)
    };
    let fitting = scaled.filter(|units| units.abs() < UNITS);
    fitting.ok_or_else(|| does_not_fit(&format!("{number}e-{decimals}"), scale))
}

fn does_not_fit(text: &str, scale: u32) -> ColumnarError {
    ColumnarError::value(format!("{text} has not at most {scale} digits after the point"))
}

fn units(text: &str, scale: u32) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let padding = scale.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let size = whole.strip_prefix('-').unwrap_or(whole);
    if !is_digits(size) || !is_digits(fraction) {
        return None;
    }
    let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let fraction = fraction.checked_mul(10_i128.checked_pow(padding)?)?;
    let size: i128 = size.parse().ok()?;
    let size = size.checked_mul(10_i128.checked_pow(scale)?)?.checked_add(fraction)?;
    (size < UNITS).then_some(if whole.starts_with('-') { -size } else { size })
}

/// The double that is nearest to a number of units.
pub(crate) fn double_of_units(units: i64, decimals: u32) -> f64 {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    // Both are exact, so that the quotient is the nearest double, as of a text that is parsed.
    const MOST_DECIMALS: u32 = 22;
    if decimals == 0 || units.unsigned_abs() <= EXACT && decimals <= MOST_DECIMALS {
        return units as f64 / 10_f64.powi(decimals as i32);
    }
    format!("{units}e-{decimals}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn doubles_are_those_of_their_texts(units: i64, small in -100_000..100_000_i64, decimals in 0..12_u32) {
            for units in [units, small] {
                let text = format!("{units}e-{decimals}");
                let parsed: f64 = text.parse().unwrap();
                prop_assert_eq!(double_of_units(units, decimals).to_bits(), parsed.to_bits());
            }
        }

        #[test]
        fn units_are_those_of_their_texts(units in -1_000_000_000..1_000_000_000_i64, decimals in 0..6_u32, scale in 0..6_u32) {
            let by = 10_i64.pow(decimals);
            let sign = if units < 0 { "-" } else { "" };
            let (whole, fraction) = (units.unsigned_abs() / by.unsigned_abs(), units.unsigned_abs() % by.unsigned_abs());
            let digits = format!("{fraction:0width$}", width = decimals as usize);
            let fraction = if decimals == 0 { "" } else { digits.trim_end_matches('0') };
            let text = format!("{sign}{whole}.{fraction}");
            let expected = units_of_text(&text, scale).ok();
            prop_assert_eq!(units_of_units(units, decimals, scale).ok(), expected);
        }
    }
}
