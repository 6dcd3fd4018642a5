//! The logarithm and the exponential by `+ - * /` alone, so that they are the same on every machine and
//! no library's update moves a bit.

/// The natural logarithm of 2, whose last bits are 0 in the first part, so that whole multiples are exact.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
const EXPONENT_BIAS: i64 = 1023;
const SQRT_2: f64 = std::f64::consts::SQRT_2;

/// The natural logarithm of a normal number above 0, to about a bit: `2 atanh((m - 1) / (m + 1))` of the
/// mantissa, by its series.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> MANTISSA_BITS) as i64 - EXPONENT_BIAS;
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    let mut mantissa = f64::from_bits((EXPONENT_BIAS as u64) << MANTISSA_BITS | fraction);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    // The terms fall by a factor of 34 at least.
    let series = (0..14).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    let exponent = exponent as f64;
    exponent * LN_2[0] + (2.0 * s * series + exponent * LN_2[1])
}

/// The exponential, to about a bit; 0 and infinity beyond -700 and 700.
pub(crate) fn exp(x: f64) -> f64 {
    const MOST: f64 = 700.0;
    if x < -MOST {
        return 0.0;
    }
    if x > MOST {
        return f64::INFINITY;
    }
    let power = (x / (LN_2[0] + LN_2[1]) + 0.5).floor();
    let rest = x - power * LN_2[0] - power * LN_2[1];
    let series = (1..=18).rev().fold(1.0, |sum, k| 1.0 + sum * rest / f64::from(k));
    series * f64::from_bits(((power as i64 + EXPONENT_BIAS) as u64) << MANTISSA_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_those_of_libm(x in -650.0..650.0_f64, p in 1e-18..1.0_f64) {
            prop_assert!((exp(x) / libm::exp(x) - 1.0).abs() < 4e-15, "{x}");
            for x in [p, 1.0 / p, 1.0 - p / 2.0, 1.0 + p] {
                let expected = libm::log(x);
                prop_assert!((ln(x) - expected).abs() <= 4e-16 * (1.0 + expected.abs()), "{x}");
            }
        }
    }
}
