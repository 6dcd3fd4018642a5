//! The bits that a description takes: of two hypotheses the better is the shorter (Rissanen 1978).

/// The bits to name `part` of `whole` things.
pub(in crate::verify) fn choice(whole: u64, part: u64) -> f64 {
    if part == 0 || part >= whole {
        return 0.0;
    }
    let log_factorial = |number: u64| libm::lgamma(number as f64 + 1.0);
    let log = log_factorial(whole) - log_factorial(part) - log_factorial(whole - part);
    log * std::f64::consts::LOG2_E
}

/// The bits to say how many and which of `whole` things are found.
pub(in crate::verify) fn found(whole: u64, found: u64) -> f64 {
    number(whole) + choice(whole, found)
}

/// The bits of a number from 0 to `most`.
pub(in crate::verify) fn number(most: u64) -> f64 {
    (most as f64 + 1.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_takes_the_bits_of_its_ways() {
        assert!((choice(4, 2) - 6_f64.log2()).abs() < 1e-9);
        assert!((choice(52, 5) - 2_598_960_f64.log2()).abs() < 1e-6);
        assert_eq!((choice(9, 0), choice(9, 9)), (0.0, 0.0));
    }
}
