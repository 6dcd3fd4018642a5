//! From seconds, as a scenario has them, to whole milliseconds, virtual time's grain.

const MILLIS_PER_SECOND: f64 = 1_000.0;

/// The error that is forgiven, since most decimals have no exact binary form.
const ROUNDING_MS: f64 = 1e-6;

/// The nearest whole millisecond.
pub(crate) fn nearest(seconds: f64) -> u64 {
    (seconds * MILLIS_PER_SECOND + 0.5) as u64
}

/// The first whole millisecond that is not below `seconds`.
pub(crate) fn ceil(seconds: f64) -> u64 {
    let floor = floor(seconds);
    let is_whole = floor as f64 >= seconds * MILLIS_PER_SECOND - ROUNDING_MS;
    if is_whole { floor } else { floor + 1 }
}

/// The last whole millisecond that is not above `seconds`.
pub(crate) fn floor(seconds: f64) -> u64 {
    (seconds * MILLIS_PER_SECOND + ROUNDING_MS) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_the_milliseconds_inside_their_range() {
        assert_eq!((ceil(0.1), floor(0.1)), (100, 100));
        assert_eq!((ceil(0.0015), floor(0.0015)), (2, 1));
        assert_eq!((ceil(10.0), floor(120.0)), (10_000, 120_000));
    }
}
