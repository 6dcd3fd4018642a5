//! The retry budget: retries must not outnumber what the target can be asked to bear.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::RetryRatio;

/// Retries that are allowed each second however little is sent, and saved up at most.
const RETRIES_A_SECOND: f64 = 10.0;
const RETRIES_SAVED: f64 = 100.0;

/// A token bucket that first tries and time fill, and retries empty. One for all requests.
#[derive(Debug)]
pub(super) struct RetryBudget {
    ratio: f64,
    bucket: Mutex<RetryTokens>,
}

#[derive(Debug)]
struct RetryTokens {
    /// Below 0 for retries that wait for their turn.
    retries: f64,
    refilled: Instant,
}

impl RetryBudget {
    /// A budget that each first try adds so many retries to.
    pub(super) fn new(ratio: RetryRatio) -> Self {
        let bucket = RetryTokens { retries: RETRIES_SAVED, refilled: Instant::now() };
        Self { ratio: ratio.as_f64(), bucket: Mutex::new(bucket) }
    }

    /// Counts a first try.
    pub(super) fn deposit(&self) {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.retries = (bucket.retries + self.ratio).min(RETRIES_SAVED);
    }

    /// Takes a retry, and gives the time that it has to wait for its turn.
    pub(super) fn withdraw(&self) -> Duration {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let refill = (now - bucket.refilled).as_secs_f64() * RETRIES_A_SECOND;
        bucket.refilled = now;
        bucket.retries = (bucket.retries + refill).min(RETRIES_SAVED) - 1.0;
        Duration::from_secs_f64((-bucket.retries / RETRIES_A_SECOND).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_beyond_the_budget_wait_their_turn() {
        let budget = RetryBudget::new(RetryRatio::new(1.0).unwrap());
        for _ in 0..RETRIES_SAVED as u32 {
            assert_eq!(budget.withdraw(), Duration::ZERO);
        }
        let waits: Vec<_> = (0..20).map(|_| budget.withdraw()).collect();
        assert!(waits[19] > Duration::from_secs(1), "{waits:?}");
        for _ in 0..30 {
            budget.deposit();
        }
        assert_eq!(budget.withdraw(), Duration::ZERO, "new events earn retries");
    }
}
