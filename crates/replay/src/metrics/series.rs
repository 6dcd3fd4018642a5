//! A replay second by second.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use event_simulator::time::{BucketValue, Buckets};

use super::durations::{Durations, MAX_MICROS};
use super::values::Metrics;

/// Buckets that are kept; those of longer replays are wider.
const MOST_BUCKETS: usize = 300;

/// The course of a replay: what was wanted and done in each second, or in wider buckets.
#[derive(Clone, Debug)]
pub struct RunSeries {
    buckets: Buckets<RunBucket>,
    last: Metrics,
    last_elapsed: Duration,
}

/// What was wanted and done in a bucket of time.
#[derive(Clone, Debug)]
struct RunBucket {
    /// The time that was watched.
    watched: Duration,
    wanted: f64,
    delivered: u64,
    retries: u64,
    failed_tries: u64,
    dead_letters: u64,
    lag: Histogram<u64>,
    latency: Histogram<u64>,
}

impl Default for RunBucket {
    fn default() -> Self {
        Self {
            watched: Duration::ZERO,
            wanted: 0.0,
            delivered: 0,
            retries: 0,
            failed_tries: 0,
            dead_letters: 0,
            lag: coarse(),
            latency: coarse(),
        }
    }
}

/// A small histogram, for a picture.
#[expect(clippy::expect_used, reason = "the bounds are constants that hdrhistogram accepts")]
fn coarse() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_MICROS, 1).expect("constant bounds")
}

/// Records in `all` what `now` has more than `before`.
fn record_since(all: &mut Histogram<u64>, now: &Durations, before: &Durations) {
    if now.count() == before.count() {
        return;
    }
    let before = before.histogram();
    for step in now.histogram().iter_recorded() {
        let value = step.value_iterated_to();
        let count = step.count_at_value().saturating_sub(before.count_at(value));
        all.saturating_record_n(value, count);
    }
}

impl BucketValue for RunBucket {
    fn merge(&mut self, later: Self) {
        self.watched += later.watched;
        self.wanted += later.wanted;
        self.delivered += later.delivered;
        self.retries += later.retries;
        self.failed_tries += later.failed_tries;
        self.dead_letters += later.dead_letters;
        // Both have the same bounds.
        let _ = self.lag.add(later.lag);
        let _ = self.latency.add(later.latency);
    }
}

impl Default for RunSeries {
    fn default() -> Self {
        let last = Metrics::default();
        Self { buckets: Buckets::new(MOST_BUCKETS), last, last_elapsed: Duration::ZERO }
    }
}

impl RunSeries {
    /// Takes in everything as it is now.
    pub(crate) fn observe(&mut self, now: Metrics) {
        let elapsed = now.elapsed();
        let watched = elapsed.saturating_sub(self.last_elapsed);
        if watched.is_zero() {
            return;
        }
        let last = &self.last;
        let failed = |metrics: &Metrics| metrics.failures.values().sum::<u64>();
        self.buckets.at((self.last_elapsed + watched / 2).as_secs(), |bucket| {
            bucket.watched += watched;
            bucket.wanted += now.wanted_rate * watched.as_secs_f64();
            bucket.delivered += now.delivered - last.delivered;
            bucket.retries += now.retries - last.retries;
            bucket.failed_tries += failed(&now) - failed(last);
            bucket.dead_letters += now.dead_letters - last.dead_letters;
            record_since(&mut bucket.lag, &now.lag, &last.lag);
            record_since(&mut bucket.latency, &now.latency, &last.latency);
        });
        (self.last, self.last_elapsed) = (now, elapsed);
    }

    /// `{"bucket_seconds", "buckets": [...]}`; durations are in microseconds.
    pub(super) fn to_json(&self) -> Value {
        let buckets = self.buckets.iter().map(|(start, bucket)| bucket.to_json(start));
        let buckets: Vec<Value> = buckets.collect();
        json!({ "bucket_seconds": self.buckets.seconds(), "buckets": buckets })
    }
}

impl RunBucket {
    fn to_json(&self, start: u64) -> Value {
        let seconds = self.watched.as_secs_f64();
        let rate = |count: f64| (count / seconds * 1e3).round() / 1e3;
        let at = |durations: &Histogram<u64>, quantile: f64| {
            let value = durations.value_at_quantile(quantile).min(durations.max());
            (!durations.is_empty()).then_some(value)
        };
        json!({
            "start": start,
            "wanted_per_second": (self.wanted > 0.0).then(|| rate(self.wanted)),
            "delivered_per_second": rate(self.delivered as f64),
            "retries": self.retries,
            "failed_tries": self.failed_tries,
            "dead_letters": self.dead_letters,
            "lag_p50": at(&self.lag, 0.50),
            "lag_p99": at(&self.lag, 0.99),
            "latency_p50": at(&self.latency, 0.50),
            "latency_p90": at(&self.latency, 0.90),
            "latency_p99": at(&self.latency, 0.99),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn the_seconds_of_a_long_replay_are_folded_and_add_up() {
        let mut series = RunSeries::default();
        let mut metrics = Metrics { wanted_rate: 10.0, ..Metrics::default() };
        for second in 1..=4_000_u64 {
            metrics.started = Instant::now().checked_sub(Duration::from_secs(second));
            metrics.accepted(b"page_visited", None);
            metrics.begun(None, Some(Duration::from_millis(second)));
            series.observe(metrics.clone());
        }
        let json = series.to_json();
        let buckets = json["buckets"].as_array().unwrap();
        assert!((100..=MOST_BUCKETS).contains(&buckets.len()), "{}", buckets.len());
        assert_eq!(json["bucket_seconds"], 15);
        let delivered: f64 = buckets
            .iter()
            .map(|bucket| bucket["delivered_per_second"].as_f64().unwrap() * 15.0)
            .sum();
        assert!((delivered - 4_000.0).abs() < 20.0, "{delivered}");
        let wanted = buckets[5]["wanted_per_second"].as_f64().unwrap();
        assert!((wanted - 10.0).abs() < 0.1, "{wanted}");
        let lag = buckets.last().unwrap()["lag_p99"].as_f64().unwrap();
        assert!((lag / 4_000_000.0 - 1.0).abs() < 0.1, "{lag}");
    }
}
