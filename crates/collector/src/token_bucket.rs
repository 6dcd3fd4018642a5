//! The rate limit.

use std::time::Duration;

use event_simulator::quantity::Rate;

/// A token bucket: a rate, with bursts of a tenth of a second's worth.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    per_second: f64,
    capacity: f64,
    tokens: f64,
    filled_at: Duration,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate) -> Self {
        let capacity = (rate.as_per_second() / 10.0).max(1.0);
        let per_second = rate.as_per_second();
        Self { per_second, capacity, tokens: capacity, filled_at: Duration::ZERO }
    }

    /// Takes a token at `now`; the error is the time until there is one.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let gained = now.saturating_sub(self.filled_at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.capacity);
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_lets_through_its_rate() {
        let mut bucket = TokenBucket::new(Rate::per_second(500.0).unwrap());
        let taken = (0..10_000).filter(|&n| bucket.take(Duration::from_millis(n)).is_ok()).count();
        assert!((5_000..=5_050).contains(&taken), "{taken}");
        let mut slow = TokenBucket::new(Rate::per_second(0.5).unwrap());
        assert_eq!(slow.take(Duration::ZERO), Ok(()));
        assert_eq!(slow.take(Duration::ZERO), Err(Duration::from_secs(2)));
    }

    #[test]
    fn the_lowest_rate_there_is_can_be_waited_for() {
        let mut bucket = TokenBucket::new(Rate::per_second(1e-9).unwrap());
        assert_eq!(bucket.take(Duration::ZERO), Ok(()));
        let wait = bucket.take(Duration::ZERO).unwrap_err();
        assert!((wait.as_secs_f64() - 1e9).abs() < 1.0, "{wait:?}");
    }
}
