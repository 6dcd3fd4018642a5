//! Conditions on a replay's numbers, for CI: `lag_p99 > 50ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use event_simulator::quantity::{Rate, parse_duration, show_duration};

use super::durations::Durations;
use super::table::{METRICS, MetricValue};
use super::values::Metrics;

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
    measure: Measure,
    relation: Relation,
    /// Seconds, events a second, a share, or a count.
    limit: f64,
    is_share: bool,
}

#[derive(Clone, Copy, Debug)]
enum Measure {
    Count(fn(&Metrics) -> u64),
    /// The counts of all values of a label.
    Sum(fn(&Metrics) -> Vec<(String, u64)>),
    Rate,
    Elapsed,
    Duration(fn(&Metrics) -> &Durations, Point),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    Quantile(f64),
    Mean,
    Max,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Different,
}

const POINTS: [(&str, Point); 6] = [
    ("p50", Point::Quantile(0.50)),
    ("p90", Point::Quantile(0.90)),
    ("p99", Point::Quantile(0.99)),
    ("p999", Point::Quantile(0.999)),
    ("mean", Point::Mean),
    ("max", Point::Max),
];

/// Two characters before one, so that `>=` is not taken for `>`.
const RELATIONS: [(&str, Relation); 6] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    ("==", Relation::Equal),
    ("!=", Relation::Different),
    (">", Relation::Above),
    ("<", Relation::Below),
];

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, relation, value) = RELATIONS
            .iter()
            .find_map(|(sign, relation)| {
                text.split_once(sign).map(|(name, value)| (name.trim(), *relation, value.trim()))
            })
            .ok_or_else(|| format!("{text:?} has no comparison, such as 'errors > 0'"))?;
        let measure = measure(name)?;
        let wrong = |wanted: &str| format!("{value:?} is not {wanted}");
        let (limit, is_share) = match measure {
            Measure::Count(_) | Measure::Sum(_) => match value.strip_suffix('%') {
                Some(percent) => (percent.parse::<f64>().map(|percent| percent / 100.0), true),
                None => (value.parse(), false),
            },
            Measure::Rate => {
                let rate: Rate = value.parse().map_err(|error| format!("{error}"))?;
                (Ok(rate.as_per_second()), false)
            }
            Measure::Elapsed | Measure::Duration(..) => {
                let limit = parse_duration(value).map_err(|error| error.to_string())?;
                (Ok(limit.as_secs_f64()), false)
            }
        };
        let limit = limit.ok().filter(|limit: &f64| limit.is_finite());
        let limit = limit.ok_or_else(|| wrong("a count such as 10, or a share such as 1%"))?;
        Ok(Self {
            text: format!("{name} {} {value}", sign(relation)),
            measure,
            relation,
            limit,
            is_share,
        })
    }
}

fn sign(relation: Relation) -> &'static str {
    RELATIONS.iter().find(|(_, other)| *other == relation).map_or("?", |(sign, _)| sign)
}

fn measure(name: &str) -> Result<Measure, String> {
    match name {
        "rate" => return Ok(Measure::Rate),
        "elapsed" => return Ok(Measure::Elapsed),
        _ => {}
    }
    let found = METRICS.iter().find_map(|metric| match metric.value {
        MetricValue::Counter(count) => (name == metric.name).then_some(Measure::Count(count)),
        MetricValue::Labelled(_, counts) => (name == metric.name).then_some(Measure::Sum(counts)),
        MetricValue::Histogram(durations) => {
            let point = name.strip_prefix(metric.name)?.strip_prefix('_')?;
            let (_, point) = POINTS.iter().find(|(known, _)| *known == point)?;
            Some(Measure::Duration(durations, *point))
        }
        MetricValue::Gauge(_) | MetricValue::Rate(_) | MetricValue::Time(_) => None,
    });
    found.ok_or_else(|| {
        let is_count = |value| matches!(value, MetricValue::Counter(_) | MetricValue::Labelled(..));
        let counts: Vec<_> = METRICS
            .iter()
            .filter(|metric| is_count(metric.value))
            .map(|metric| metric.name)
            .collect();
        format!(
            "{name:?} is not known; there are {}, rate, elapsed, and lag_p99, latency_p99, \
             latency_from_due_p99 (also p50, p90, p999, mean, max)",
            counts.join(", ")
        )
    })
}

impl Threshold {
    /// The number that was found, if the condition holds for it and the replay so counts as failed. A
    /// condition on durations does not hold where there are none, such as lag without a schedule.
    pub fn check(&self, metrics: &Metrics, elapsed: Duration) -> Option<String> {
        let (found, shown) = self.found(metrics, elapsed)?;
        self.holds(found).then(|| format!("{}: it is {shown}", self.text))
    }

    fn found(&self, metrics: &Metrics, elapsed: Duration) -> Option<(f64, String)> {
        let seconds = elapsed.as_secs_f64();
        let count = |count: u64| {
            let settled = metrics.delivered + metrics.dead_letters;
            let share = count as f64 / settled.max(1) as f64;
            if self.is_share {
                (share, format!("{:.2}%", share * 100.0))
            } else {
                (count as f64, count.to_string())
            }
        };
        Some(match self.measure {
            Measure::Count(value) => count(value(metrics)),
            Measure::Sum(counts) => count(counts(metrics).iter().map(|(_, count)| count).sum()),
            Measure::Rate => {
                let rate = metrics.delivered as f64 / seconds.max(1e-9);
                (rate, format!("{rate:.1}/s"))
            }
            Measure::Elapsed => (seconds, show_duration(elapsed)),
            Measure::Duration(durations, point) => {
                let durations = durations(metrics);
                if durations.count() == 0 {
                    return None;
                }
                let duration = match point {
                    Point::Quantile(quantile) => durations.quantile(quantile),
                    Point::Mean => durations.mean(),
                    Point::Max => durations.max(),
                };
                (duration.as_secs_f64(), show_duration(duration))
            }
        })
    }

    #[expect(clippy::float_cmp, reason = "counts are whole and compared as such")]
    fn holds(&self, found: f64) -> bool {
        match self.relation {
            Relation::Above => found > self.limit,
            Relation::AtLeast => found >= self.limit,
            Relation::Below => found < self.limit,
            Relation::AtMost => found <= self.limit,
            Relation::Equal => found == self.limit,
            Relation::Different => found != self.limit,
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
        let mut metrics = Metrics { delivered: 98, dead_letters: 2, ..Metrics::default() };
        metrics.failed_try("timeout");
        metrics.failed_try("timeout");
        metrics.failed_try("status 503");
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
            ("failed_tries > 2", true),
        ] {
            let threshold: Threshold = text.parse().unwrap();
            let found = threshold.check(&metrics(), Duration::from_secs(2));
            assert_eq!(found.is_some(), holds, "{text}: {found:?}");
        }
    }

    #[test]
    fn wrong_conditions_say_what_is_known() {
        for text in [
            "",
            "errors",
            "errors > many",
            "errors > nan",
            "lag > 1ms",
            "lag_p98 > 1ms",
            "lag_p99 > 5",
        ] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
        let error = "lags_p99 > 1ms".parse::<Threshold>().unwrap_err();
        assert!(error.contains("lag_p99"), "{error}");
    }
}
