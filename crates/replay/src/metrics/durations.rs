//! A distribution of durations.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest duration that is told apart: a day.
pub(super) const MAX_MICROS: u64 = 86_400_000_000;

/// A distribution of durations: an HDR histogram of microseconds with three significant digits.
#[derive(Clone, Debug)]
pub struct Durations(Histogram<u64>);

impl Default for Durations {
    #[expect(clippy::expect_used, reason = "the bounds are constants that hdrhistogram accepts")]
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("constant bounds"))
    }
}

impl Durations {
    pub(crate) fn record(&mut self, duration: Duration) {
        self.0.saturating_record(u64::try_from(duration.as_micros()).unwrap_or(MAX_MICROS));
    }

    /// The duration that `quantile` (0 to 1) of all do not exceed; zero if there are none.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(quantile).min(self.0.max()))
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos((self.0.mean() * 1e3) as u64)
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The histogram itself, in microseconds.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }
}
