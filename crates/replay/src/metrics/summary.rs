//! The summary of a replay, and its files: JSON with everything, and an HDR histogram log.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use serde_json::{Map, Value, json};

use super::durations::Durations;
use super::series::RunSeries;
use super::table::{METRICS, MetricValue};
use super::values::Metrics;
use crate::error::ReplayError;

/// Microseconds in a millisecond: the log's maxima are in milliseconds by convention.
const MAX_VALUE_DIVISOR: f64 = 1e3;

/// The end of a replay, with everything that was counted and measured.
#[derive(Debug)]
pub struct Summary {
    /// Counts and measures.
    pub metrics: Metrics,
    /// Time from when the first event was due to the end.
    pub elapsed: Duration,
    /// The way in which it ended.
    pub status: ReplayStatus,
    /// The file with the events that were given up, if there are any and a file was named.
    pub dead_letters_file: Option<PathBuf>,
    /// Its course, if that was recorded.
    pub series: Option<RunSeries>,
}

/// The way in which a replay ended.
#[derive(Debug)]
pub enum ReplayStatus {
    /// Every event is settled: delivered, or written to the dead letters.
    Complete,
    /// It was stopped from outside.
    Interrupted,
    /// It could not go on.
    Failed(ReplayError),
}

impl Summary {
    /// Everything, as one JSON object. Durations are in microseconds.
    pub fn to_json(&self) -> Value {
        let (outcome, error) = match &self.status {
            ReplayStatus::Complete => ("complete", None),
            ReplayStatus::Interrupted => ("interrupted", None),
            ReplayStatus::Failed(error) => ("failed", Some(error.to_string())),
        };
        let mut all = Map::new();
        all.insert("outcome".to_owned(), outcome.into());
        all.insert("error".to_owned(), error.into());
        all.insert("elapsed_seconds".to_owned(), self.elapsed.as_secs_f64().into());
        for metric in METRICS.iter().filter(|metric| metric.is_in_summary) {
            all.insert(metric.name.to_owned(), self.value(metric.value));
        }
        let file = self.dead_letters_file.as_ref().map(|path| path.display().to_string());
        all.insert("dead_letters_file".to_owned(), file.into());
        let end = |end: Option<Duration>| end.unwrap_or(self.elapsed).as_secs_f64();
        let outages = self.metrics.outage_times.iter();
        let outages: Vec<[f64; 2]> =
            outages.map(|(start, until)| [start.as_secs_f64(), end(*until)]).collect();
        all.insert("outage_times".to_owned(), json!(outages));
        if let Some(series) = &self.series {
            all.insert("series".to_owned(), series.to_json());
        }
        Value::Object(all)
    }

    fn value(&self, value: MetricValue) -> Value {
        let Self { metrics, elapsed, .. } = self;
        match value {
            MetricValue::Counter(count) => count(metrics).into(),
            MetricValue::Gauge(measure) => measure(metrics).into(),
            MetricValue::Rate(rate) => rate(metrics, *elapsed).into(),
            MetricValue::Time(time) => json!(time(metrics)),
            MetricValue::Labelled(_, counts) => {
                let counts = counts(metrics).into_iter();
                Value::Object(counts.map(|(label, count)| (label, count.into())).collect())
            }
            MetricValue::Histogram(durations) => durations_json(durations(metrics)),
        }
    }

    /// Writes the histograms as an [HDR log], which the usual tools plot.
    ///
    /// [HDR log]: https://github.com/HdrHistogram/HdrHistogram#histogram-encodings
    pub fn write_hdr_log(&self, output: &mut impl Write) -> io::Result<()> {
        let failed = |error: &dyn std::fmt::Debug| io::Error::other(format!("{error:?}"));
        let mut serializer = V2DeflateSerializer::new();
        let start = SystemTime::now().checked_sub(self.elapsed).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment("microseconds; maxima in milliseconds")
            .with_start_time(start)
            .with_max_value_divisor(MAX_VALUE_DIVISOR)
            .begin_log_with(output, &mut serializer)?;
        for metric in METRICS {
            if let MetricValue::Histogram(durations) = metric.value {
                let histogram = durations(&self.metrics).histogram();
                log.write_histogram(histogram, Duration::ZERO, self.elapsed, Tag::new(metric.name))
                    .map_err(|error| failed(&error))?;
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    fn summary() -> Summary {
        let mut metrics = Metrics::default();
        metrics.accepted(b"page_visited", Some(Duration::from_millis(3)));
        metrics.begun(None, Some(Duration::from_micros(40)));
        Summary {
            metrics,
            elapsed: Duration::from_secs(1),
            status: ReplayStatus::Complete,
            dead_letters_file: None,
            series: None,
        }
    }

    #[test]
    fn the_json_has_counts_percentiles_and_histograms() {
        let json = summary().to_json();
        assert_eq!(json["outcome"], "complete");
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
