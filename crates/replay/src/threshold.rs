//! Conditions on a replay's numbers, for CI: `lag_p99 > 50ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::books::{Durations, Metrics};
use event_simulator::quantity::{Rate, parse_duration, show_duration};

/// A condition under which a replay counts as failed.
///
/// ```
/// use event_simulator_replay::Threshold;
///
/// let threshold: Threshold = "latency_p99 > 200ms".parse()?;
/// assert_eq!(threshold.to_string(), "latency_p99 > 200ms");
/// assert!("latency_p99 > fast".parse::<Threshold>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Threshold {
    text: String,
    number: Number,
    comparison: Comparison,
    /// Seconds, events a second, a share, or a count.
    limit: f64,
    is_share: bool,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Count(Count),
    Rate,
    Elapsed,
    Duration(Distribution, At),
}

type Count = fn(&Metrics) -> u64;
type Distribution = fn(&Metrics) -> &Durations;

#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Quantile(f64),
    Mean,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Different,
}

const COUNTS: [(&str, Count); 9] = [
    ("errors", |metrics| metrics.dead),
    ("dead_letters", |metrics| metrics.dead),
    ("bad_lines", |metrics| metrics.bad_lines),
    ("delivered", |metrics| metrics.delivered),
    ("requests", |metrics| metrics.requests),
    ("retries", |metrics| metrics.retries),
    ("outages", |metrics| metrics.outages),
    ("failed_tries", |metrics| metrics.failures.values().sum()),
    ("sent", |metrics| metrics.sent),
];

const DURATIONS: [(&str, Distribution); 3] = [
    ("latency_from_due", |metrics| &metrics.latency_from_due),
    ("latency", |metrics| &metrics.latency),
    ("lag", |metrics| &metrics.lag),
];

const POINTS: [(&str, At); 6] = [
    ("p50", At::Quantile(0.50)),
    ("p90", At::Quantile(0.90)),
    ("p99", At::Quantile(0.99)),
    ("p999", At::Quantile(0.999)),
    ("mean", At::Mean),
    ("max", At::Max),
];

/// Two characters before one, so that `>=` is not taken for `>`.
const COMPARISONS: [(&str, Comparison); 6] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::Different),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, comparison, value) = COMPARISONS
            .iter()
            .find_map(|(sign, comparison)| {
                text.split_once(sign).map(|(name, value)| (name.trim(), *comparison, value.trim()))
            })
            .ok_or_else(|| format!("{text:?} has no comparison, such as 'errors > 0'"))?;
        let number = number(name)?;
        let wrong = |wanted: &str| format!("{value:?} is not {wanted}");
        let (limit, is_share) = match number {
            Number::Count(_) => match value.strip_suffix('%') {
                Some(percent) => (percent.parse::<f64>().map(|percent| percent / 100.0), true),
                None => (value.parse(), false),
            },
            Number::Rate => {
                let rate: Rate = value.parse().map_err(|error| format!("{error}"))?;
                (Ok(rate.as_per_second()), false)
            }
            Number::Elapsed | Number::Duration(..) => {
                let limit = parse_duration(value).map_err(|error| error.to_string())?;
                (Ok(limit.as_secs_f64()), false)
            }
        };
        let limit = limit.map_err(|_| wrong("a count such as 10, or a share such as 1%"))?;
        Ok(Self {
            text: format!("{name} {} {value}", sign(comparison)),
            number,
            comparison,
            limit,
            is_share,
        })
    }
}

fn sign(comparison: Comparison) -> &'static str {
    COMPARISONS.iter().find(|(_, other)| *other == comparison).map_or("?", |(sign, _)| sign)
}

fn number(name: &str) -> Result<Number, String> {
    match name {
        "rate" => return Ok(Number::Rate),
        "elapsed" => return Ok(Number::Elapsed),
        _ => {}
    }
    if let Some((_, count)) = COUNTS.iter().find(|(known, _)| *known == name) {
        return Ok(Number::Count(*count));
    }
    let duration = DURATIONS.iter().find_map(|(known, durations)| {
        let point = name.strip_prefix(known)?.strip_prefix('_')?;
        let (_, at) = POINTS.iter().find(|(known, _)| *known == point)?;
        Some(Number::Duration(*durations, *at))
    });
    duration.ok_or_else(|| {
        let counts: Vec<_> = COUNTS.iter().map(|(name, _)| *name).collect();
        format!(
            "{name:?} is not known; there are {}, rate, elapsed, and lag_p99, latency_p99, \
             latency_from_due_p99 (also p50, p90, p999, mean, max)",
            counts.join(", ")
        )
    })
}

impl Threshold {
    /// Says what was found if the condition holds, so that the replay counts as failed. A condition on
    /// durations does not hold where there are none, such as lag without a schedule.
    pub fn check(&self, metrics: &Metrics, elapsed: Duration) -> Option<String> {
        let seconds = elapsed.as_secs_f64();
        let (found, shown) = match self.number {
            Number::Count(count) => {
                let count = count(metrics);
                let settled = metrics.delivered + metrics.dead;
                let share = count as f64 / settled.max(1) as f64;
                if self.is_share {
                    (share, format!("{:.2}%", share * 100.0))
                } else {
                    (count as f64, count.to_string())
                }
            }
            Number::Rate => {
                let rate = metrics.delivered as f64 / seconds.max(1e-9);
                (rate, format!("{rate:.1}/s"))
            }
            Number::Elapsed => (seconds, show_duration(elapsed)),
            Number::Duration(durations, at) => {
                let durations = durations(metrics);
                if durations.count() == 0 {
                    return None;
                }
                let duration = match at {
                    At::Quantile(quantile) => durations.quantile(quantile),
                    At::Mean => durations.mean(),
                    At::Max => durations.max(),
                };
                (duration.as_secs_f64(), show_duration(duration))
            }
        };
        self.holds(found).then(|| format!("{}: it is {shown}", self.text))
    }

    #[expect(clippy::float_cmp, reason = "counts are whole and compared as such")]
    fn holds(&self, found: f64) -> bool {
        match self.comparison {
            Comparison::Above => found > self.limit,
            Comparison::AtLeast => found >= self.limit,
            Comparison::Below => found < self.limit,
            Comparison::AtMost => found <= self.limit,
            Comparison::Equal => found == self.limit,
            Comparison::Different => found != self.limit,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> Metrics {
        let mut metrics = Metrics::new();
        metrics.delivered = 98;
        metrics.dead = 2;
        for millis in 1..=100 {
            metrics.lag.record(Duration::from_millis(millis));
        }
        metrics
    }

    #[test]
    fn conditions_hold_or_not() {
        for (text, holds) in [
            ("errors > 0", true),
            ("errors>2", false),
            ("errors >= 2", true),
            ("errors > 1%", true),
            ("errors > 2%", false),
            ("delivered != 98", false),
            ("delivered < 100", true),
            ("lag_p99 > 50ms", true),
            ("lag_p50 > 60ms", false),
            ("lag_max > 99ms", true),
            ("lag_mean <= 51ms", true),
            ("latency_p99 > 1us", false),
            ("latency_p99 < 1s", false),
            ("rate < 50/s", true),
            ("elapsed > 1s", true),
            ("retries == 0", true),
        ] {
            let threshold: Threshold = text.parse().unwrap();
            let found = threshold.check(&metrics(), Duration::from_secs(2));
            assert_eq!(found.is_some(), holds, "{text}: {found:?}");
        }
    }

    #[test]
    fn wrong_conditions_say_what_is_known() {
        for text in ["", "errors", "errors > many", "lag > 1ms", "lag_p98 > 1ms", "lag_p99 > 5"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
        let error = "lags_p99 > 1ms".parse::<Threshold>().unwrap_err();
        assert!(error.contains("lag_p99"), "{error}");
    }
}
