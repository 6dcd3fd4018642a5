//! The summary as files: JSON with everything, and an HDR histogram log.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use serde_json::{Map, Value, json};

use super::books::{Durations, Metrics};
use super::{Outcome, Summary};

/// Microseconds in a millisecond: the log's maxima are in milliseconds by convention.
const MAX_VALUE_DIVISOR: f64 = 1e3;

impl Summary {
    /// Everything, as one JSON object. Durations are in microseconds.
    pub fn to_json(&self) -> Value {
        let Self { metrics, elapsed, outcome } = self;
        let seconds = elapsed.as_secs_f64();
        let (outcome, error) = match outcome {
            Outcome::Complete => ("complete", None),
            Outcome::Interrupted => ("interrupted", None),
            Outcome::Failed(error) => ("failed", Some(error.to_string())),
        };
        let types: Map<String, Value> = metrics
            .by_type()
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        let statuses: Map<String, Value> = metrics
            .statuses
            .iter()
            .map(|(status, count)| (status.to_string(), (*count).into()))
            .collect();
        json!({
            "outcome": outcome,
            "error": error,
            "elapsed_seconds": seconds,
            "delivered": metrics.delivered,
            "errors": metrics.dead,
            "dead_letters": metrics.dead,
            "bad_lines": metrics.bad_lines,
            "settled_before": metrics.passed_over,
            "unsettled": metrics.sent.saturating_sub(metrics.delivered + metrics.dead - metrics.bad_lines),
            "events_per_second": if seconds > 0.0 { metrics.delivered as f64 / seconds } else { 0.0 },
            "active_sessions": metrics.active_sessions(),
            "completed_sessions": metrics.completed_sessions(),
            "requests": metrics.requests,
            "retries": metrics.retries,
            "sent_bytes": metrics.sent_bytes,
            "outages": metrics.outages,
            "first_event_time": metrics.first_time,
            "last_event_time": metrics.latest_time,
            "types": types,
            "statuses": statuses,
            "failed_tries": metrics.failures,
            "lag": durations_json(&metrics.lag),
            "latency": durations_json(&metrics.latency),
            "latency_from_due": durations_json(&metrics.latency_from_due),
        })
    }

    /// Writes the histograms as an [HDR log], which the usual tools plot.
    ///
    /// [HDR log]: https://github.com/HdrHistogram/HdrHistogram#histogram-encodings
    pub fn write_hdr_log(&self, output: &mut impl Write) -> io::Result<()> {
        write_hdr_log(&self.metrics, self.elapsed, output)
    }
}

fn durations_json(durations: &Durations) -> Value {
    if durations.count() == 0 {
        return Value::Null;
    }
    let micros = |duration: Duration| duration.as_micros() as u64;
    let at = |quantile| micros(durations.quantile(quantile));
    let counts: Vec<[u64; 2]> = durations
        .histogram()
        .iter_recorded()
        .map(|step| [step.value_iterated_to(), step.count_at_value()])
        .collect();
    json!({
        "unit": "microseconds",
        "count": durations.count(),
        "mean": micros(durations.mean()),
        "p50": at(0.50),
        "p90": at(0.90),
        "p99": at(0.99),
        "p999": at(0.999),
        "max": micros(durations.max()),
        "counts": counts,
    })
}

fn write_hdr_log(metrics: &Metrics, elapsed: Duration, output: &mut impl Write) -> io::Result<()> {
    let failed = |error: &dyn std::fmt::Debug| io::Error::other(format!("{error:?}"));
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("microseconds; maxima in milliseconds")
        .with_start_time(SystemTime::now().checked_sub(elapsed).unwrap_or(SystemTime::UNIX_EPOCH))
        .with_max_value_divisor(MAX_VALUE_DIVISOR)
        .begin_log_with(output, &mut serializer)?;
    for (name, durations) in [
        ("lag", &metrics.lag),
        ("latency", &metrics.latency),
        ("latency_from_due", &metrics.latency_from_due),
    ] {
        log.write_histogram(durations.histogram(), Duration::ZERO, elapsed, Tag::new(name))
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    fn summary() -> Summary {
        let mut metrics = Metrics::new();
        metrics.accepted(b"page_visited", Some(Duration::from_millis(3)));
        metrics.begun(None, Some(Duration::from_micros(40)));
        Summary { metrics, elapsed: Duration::from_secs(1), outcome: Outcome::Complete }
    }

    #[test]
    fn the_json_has_counts_percentiles_and_histograms() {
        let json = summary().to_json();
        assert_eq!(json["delivered"], 1);
        assert_eq!(json["types"]["page_visited"], 1);
        assert_eq!(json["lag"]["p99"], 40);
        assert_eq!(json["lag"]["counts"], serde_json::json!([[40, 1]]));
        assert_eq!(json["latency"], Value::Null);
    }

    #[test]
    fn the_log_is_read_back_by_its_own_reader() {
        let mut log = Vec::new();
        summary().write_hdr_log(&mut log).unwrap();
        let tags: Vec<String> = IntervalLogIterator::new(&log)
            .filter_map(|entry| match entry {
                Ok(LogEntry::Interval(interval)) => Some(interval.tag()?.as_str().to_owned()),
                _ => None,
            })
            .collect();
        assert_eq!(tags, ["lag", "latency", "latency_from_due"]);
    }
}
