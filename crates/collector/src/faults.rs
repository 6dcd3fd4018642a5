//! Fault injection: the fault that a request meets, drawn from a seed.

use std::time::Duration;

use event_simulator::quantity::{DurationRange, Share};
use hyper::StatusCode;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::config::FaultConfig;
use crate::error::FaultError;

/// Room for what rounding adds to the sum of shares.
const TOLERANCE: f64 = 1e-9;

/// The treatment of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Injection {
    /// The time that its answer is held back.
    pub(crate) latency: Duration,
    pub(crate) fault: Option<InjectedFault>,
}

/// A fault of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InjectedFault {
    Fail(StatusCode),
    ResetBefore,
    ResetAfter,
    Hang,
    SilentDrop,
}

/// Draws the faults in the order in which requests arrive: always two numbers for one request.
#[derive(Debug)]
pub(crate) struct FaultInjector {
    rng: ChaCha8Rng,
    latency: Option<DurationRange>,
    /// The faults, each with its part of the unit interval.
    shares: [(f64, InjectedFault); 5],
}

impl FaultInjector {
    /// An injector of faults whose shares are 1 in all at most.
    pub(crate) fn new(config: &FaultConfig) -> Result<Self, FaultError> {
        let status = StatusCode::from_u16(config.status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .ok_or(FaultError::Status { status: config.status })?;
        let shares = [
            (config.reset_before, InjectedFault::ResetBefore),
            (config.reset_after, InjectedFault::ResetAfter),
            (config.hang, InjectedFault::Hang),
            (config.fail, InjectedFault::Fail(status)),
            (config.silently_drop, InjectedFault::SilentDrop),
        ];
        let shares = shares.map(|(share, fault)| (Share::as_f64(share), fault));
        let total = shares.iter().map(|(share, _)| share).sum();
        if total > 1.0 + TOLERANCE {
            return Err(FaultError::Shares { total });
        }
        let rng = ChaCha8Rng::seed_from_u64(config.seed);
        Ok(Self { rng, latency: config.latency, shares })
    }

    /// The next request's injection.
    pub(crate) fn draw(&mut self) -> Injection {
        let (for_latency, for_fault) = (self.rng.next_u64(), self.rng.random::<f64>());
        let latency = self.latency.map_or(Duration::ZERO, |range| within(range, for_latency));
        Injection { latency, fault: self.fault_at(for_fault) }
    }

    fn fault_at(&self, mut point: f64) -> Option<InjectedFault> {
        for (share, fault) in self.shares {
            if point < share {
                return Some(fault);
            }
            point -= share;
        }
        None
    }
}

/// The duration in `range` at the place of `draw` among all `u64`.
fn within(range: DurationRange, draw: u64) -> Duration {
    let width = range.high.saturating_sub(range.low).as_micros();
    let micros = (u128::from(draw) * (width + 1)) >> 64;
    range.low + Duration::from_micros(micros as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(value: f64) -> Share {
        Share::new(value).unwrap()
    }

    fn every_fault() -> FaultConfig {
        let (low, high) = (Duration::from_millis(20), Duration::from_millis(80));
        FaultConfig {
            seed: 7,
            latency: Some(DurationRange { low, high }),
            fail: share(0.1),
            reset_before: share(0.05),
            reset_after: share(0.05),
            hang: share(0.02),
            silently_drop: share(0.03),
            ..FaultConfig::default()
        }
    }

    #[test]
    fn a_seed_fixes_the_sequence_of_faults() {
        let injections = |config: &FaultConfig| {
            let mut injector = FaultInjector::new(config).unwrap();
            (0..200).map(|_| injector.draw()).collect::<Vec<_>>()
        };
        let config = every_fault();
        assert_eq!(injections(&config), injections(&config));
        assert_ne!(injections(&config), injections(&FaultConfig { seed: 8, ..every_fault() }));
        let without_failures = FaultConfig { fail: share(0.0), ..every_fault() };
        let latencies = |config: &FaultConfig| {
            injections(config).iter().map(|injection| injection.latency).collect::<Vec<_>>()
        };
        assert_eq!(latencies(&without_failures), latencies(&config));
    }

    /// Within 4 standard errors of the binomial distribution.
    #[test]
    fn each_fault_has_its_share_and_latency_its_range() {
        const DRAWS: usize = 100_000;
        let mut injector = FaultInjector::new(&every_fault()).unwrap();
        let drawn: Vec<_> = (0..DRAWS).map(|_| injector.draw()).collect();
        for (share, fault) in injector.shares {
            let count = drawn.iter().filter(|injection| injection.fault == Some(fault)).count();
            let expected = share * DRAWS as f64;
            let error = (expected * (1.0 - share)).sqrt();
            assert!((count as f64 - expected).abs() < 4.0 * error, "{fault:?}: {count}");
        }
        let (low, high) = (Duration::from_millis(20), Duration::from_millis(80));
        assert!(drawn.iter().all(|injection| (low..=high).contains(&injection.latency)));
        let total: f64 = drawn.iter().map(|injection| injection.latency.as_secs_f64()).sum();
        let mean = total / DRAWS as f64;
        assert!((mean - 0.05).abs() < 0.000_3, "{mean}");
    }

    #[test]
    fn contradictions_are_refused() {
        let too_many = FaultConfig { fail: share(0.6), hang: share(0.6), ..FaultConfig::default() };
        let error = FaultInjector::new(&too_many).unwrap_err();
        assert!(error.to_string().contains("120.0 %"), "{error}");
        for status in [0, 99, 200, 399, 600, 65_535] {
            let error = FaultInjector::new(&FaultConfig { status, ..FaultConfig::default() });
            assert_eq!(error.unwrap_err(), FaultError::Status { status });
        }
        let all = FaultConfig { fail: share(0.9), hang: share(0.1), ..FaultConfig::default() };
        assert!(FaultInjector::new(&all).is_ok());
    }
}
