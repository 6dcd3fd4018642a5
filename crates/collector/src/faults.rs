//! How the sink misbehaves: which fate a request meets, drawn from a seed.

use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use event_simulator::quantity::{DurationRange, Rate, Share};

/// What may go wrong, and how often. Nothing does by default.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Chooses which requests meet which fault.
    pub seed: u64,
    /// How long each answer is held back, uniformly from this range.
    pub latency: Option<DurationRange>,
    /// Share of requests that are answered with `status`, and not accepted.
    pub fail: Share,
    /// The status of those that fail: 400 to 599.
    pub status: u16,
    /// Share of requests whose connection is reset before the event is accepted.
    pub reset_before: Share,
    /// Share of requests whose connection is reset after the event is accepted, so that a client
    /// that tries again makes a duplicate.
    pub reset_after: Share,
    /// Share of requests that are never answered, and not accepted.
    pub hang: Share,
    /// When, since the start, connections are refused and the open ones reset.
    pub down: Vec<DurationRange>,
    /// Requests a second beyond which the answer is 429 with `Retry-After`.
    pub rate_limit: Option<Rate>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: 0,
            latency: None,
            fail: Share::default(),
            status: 503,
            reset_before: Share::default(),
            reset_after: Share::default(),
            hang: Share::default(),
            down: Vec::new(),
            rate_limit: None,
        }
    }
}

impl Faults {
    /// Says what cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        let total: f64 = [self.fail, self.reset_before, self.reset_after, self.hang]
            .map(Share::as_f64)
            .iter()
            .sum();
        if total > 1.0 + 1e-9 {
            return Err(format!(
                "a request meets one fault at most, but fail, reset and hang add up to {:.1} %; \
                 lower them to 100 % in all",
                total * 100.0
            ));
        }
        if !(400..=599).contains(&self.status) {
            return Err(format!(
                "{} is not the status of a failure: choose 400 to 599",
                self.status
            ));
        }
        if self.down.iter().any(|window| window.low == window.high) {
            return Err("--down wants a range, from when to when, such as 10s..20s".to_owned());
        }
        Ok(())
    }

    /// How long it is until the next change between up and down, `elapsed` after the start, and
    /// whether it is down until then. `None` if nothing changes any more.
    pub(super) fn next_change(&self, elapsed: Duration) -> (bool, Option<Duration>) {
        let is_down = self.down.iter().any(|window| window.low <= elapsed && elapsed < window.high);
        let edges = self.down.iter().flat_map(|window| [window.low, window.high]);
        let next =
            edges.filter(|&edge| edge > elapsed).min().map(|edge| edge.saturating_sub(elapsed));
        (is_down, next)
    }
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) latency: Duration,
    pub(super) trouble: Trouble,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    Fail,
    ResetBefore,
    ResetAfter,
    Hang,
}

/// Draws the fates, in the order in which requests arrive: always two numbers for one request.
#[derive(Debug)]
pub(super) struct Dice {
    rng: ChaCha8Rng,
    latency: Option<DurationRange>,
    /// Which part of the unit interval brings which trouble.
    troubles: [(f64, Trouble); 4],
}

impl Dice {
    pub(super) fn new(faults: &Faults) -> Self {
        let troubles = [
            (faults.reset_before, Trouble::ResetBefore),
            (faults.reset_after, Trouble::ResetAfter),
            (faults.hang, Trouble::Hang),
            (faults.fail, Trouble::Fail),
        ];
        Self {
            rng: ChaCha8Rng::seed_from_u64(faults.seed),
            latency: faults.latency,
            troubles: troubles.map(|(share, trouble)| (share.as_f64(), trouble)),
        }
    }

    pub(super) fn draw(&mut self) -> Fate {
        let (for_latency, for_trouble) = (self.rng.next_u64(), self.rng.random::<f64>());
        let latency = self.latency.map_or(Duration::ZERO, |range| within(range, for_latency));
        Fate { latency, trouble: self.trouble_at(for_trouble) }
    }

    fn trouble_at(&self, mut point: f64) -> Trouble {
        for (share, trouble) in self.troubles {
            if point < share {
                return trouble;
            }
            point -= share;
        }
        Trouble::None
    }
}

/// The duration in `range` at the place of `draw` among all `u64`.
fn within(range: DurationRange, draw: u64) -> Duration {
    let width = range.high.saturating_sub(range.low).as_micros();
    let micros = (u128::from(draw) * (width + 1)) >> 64;
    range.low + Duration::from_micros(micros as u64)
}

/// A token bucket: the rate limit, with bursts of a tenth of a second's worth.
#[derive(Debug)]
pub(super) struct TokenBucket {
    per_second: f64,
    capacity: f64,
    tokens: f64,
    filled_at: Duration,
}

impl TokenBucket {
    pub(super) fn new(rate: Rate) -> Self {
        let capacity = (rate.as_per_second() / 10.0).max(1.0);
        let per_second = rate.as_per_second();
        Self { per_second, capacity, tokens: capacity, filled_at: Duration::ZERO }
    }

    /// Takes a token at `now`, or says how long it is until there is one.
    pub(super) fn take(&mut self, now: Duration) -> Result<(), Duration> {
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

    fn share(value: f64) -> Share {
        Share::new(value).unwrap()
    }

    fn millis(low: u64, high: u64) -> DurationRange {
        DurationRange { low: Duration::from_millis(low), high: Duration::from_millis(high) }
    }

    fn stormy() -> Faults {
        Faults {
            seed: 7,
            latency: Some(millis(20, 80)),
            fail: share(0.1),
            reset_before: share(0.05),
            reset_after: share(0.05),
            hang: share(0.02),
            ..Faults::default()
        }
    }

    #[test]
    fn a_seed_fixes_the_sequence_of_fates() {
        let fates = |faults: &Faults| {
            let mut dice = Dice::new(faults);
            (0..200).map(|_| dice.draw()).collect::<Vec<_>>()
        };
        assert_eq!(fates(&stormy()), fates(&stormy()));
        assert_ne!(fates(&stormy()), fates(&Faults { seed: 8, ..stormy() }));
        let calm: Vec<_> = fates(&Faults { fail: share(0.0), ..stormy() });
        let latencies =
            |fates: Vec<Fate>| fates.iter().map(|fate| fate.latency).collect::<Vec<_>>();
        assert_eq!(latencies(calm), latencies(fates(&stormy())));
    }

    /// Within 4 standard errors of the binomial distribution.
    #[test]
    fn each_trouble_has_its_share_and_latency_its_range() {
        const DRAWS: usize = 100_000;
        let mut dice = Dice::new(&stormy());
        let fates: Vec<_> = (0..DRAWS).map(|_| dice.draw()).collect();
        for (share, trouble) in dice.troubles {
            let count = fates.iter().filter(|fate| fate.trouble == trouble).count();
            let expected = share * DRAWS as f64;
            let error = (expected * (1.0 - share)).sqrt();
            assert!((count as f64 - expected).abs() < 4.0 * error, "{trouble:?}: {count}");
        }
        let (low, high) = (Duration::from_millis(20), Duration::from_millis(80));
        assert!(fates.iter().all(|fate| (low..=high).contains(&fate.latency)));
        let mean = fates.iter().map(|fate| fate.latency.as_secs_f64()).sum::<f64>() / DRAWS as f64;
        assert!((mean - 0.05).abs() < 0.000_3, "{mean}");
    }

    #[test]
    fn contradictions_are_refused() {
        let too_many = Faults { fail: share(0.6), hang: share(0.6), ..Faults::default() };
        assert!(too_many.check().unwrap_err().contains("120.0 %"));
        assert!(Faults { status: 200, ..Faults::default() }.check().is_err());
        assert!(Faults { down: vec![millis(5, 5)], ..Faults::default() }.check().is_err());
        assert!(stormy().check().is_ok());
    }

    #[test]
    fn down_windows_may_overlap() {
        let faults = Faults { down: vec![millis(100, 200), millis(150, 300)], ..Faults::default() };
        let at = |elapsed| faults.next_change(Duration::from_millis(elapsed));
        assert_eq!(at(0), (false, Some(Duration::from_millis(100))));
        assert_eq!(at(100), (true, Some(Duration::from_millis(50))));
        assert_eq!(at(250), (true, Some(Duration::from_millis(50))));
        assert_eq!(at(300), (false, None));
    }

    #[test]
    fn the_bucket_lets_through_its_rate() {
        let mut bucket = TokenBucket::new(Rate::per_second(500.0).unwrap());
        let taken = (0..10_000).filter(|&n| bucket.take(Duration::from_millis(n)).is_ok()).count();
        assert!((5_000..=5_050).contains(&taken), "{taken}");
        let mut slow = TokenBucket::new(Rate::per_second(0.5).unwrap());
        assert_eq!(slow.take(Duration::ZERO), Ok(()));
        assert_eq!(slow.take(Duration::ZERO), Err(Duration::from_secs(2)));
    }
}
