//! The metrics in Prometheus' [text format].
//!
//! [text format]: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

use std::fmt::{self, Write as _};

use event_simulator::time::VirtualTime;

use super::durations::Durations;
use super::table::{METRICS, MetricValue};
use super::values::Metrics;

/// Upper bounds of the histograms' buckets, in microseconds.
const BUCKETS_MICROS: [u64; 16] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 5_000_000, 30_000_000,
];

/// Every metric that is served.
pub(super) fn text(metrics: &Metrics) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(&mut text, metrics);
    text
}

fn write_all(text: &mut String, metrics: &Metrics) -> fmt::Result {
    for metric in METRICS {
        let Some(name) = metric.prometheus else { continue };
        let kind = match metric.value {
            MetricValue::Counter(_) | MetricValue::Labelled(..) => "counter",
            MetricValue::Gauge(_) | MetricValue::Rate(_) | MetricValue::Time(_) => "gauge",
            MetricValue::Histogram(_) => "histogram",
        };
        writeln!(text, "# HELP replay_{name} {}\n# TYPE replay_{name} {kind}", metric.help)?;
        match metric.value {
            MetricValue::Counter(count) => writeln!(text, "replay_{name} {}", count(metrics))?,
            MetricValue::Gauge(measure) => writeln!(text, "replay_{name} {}", measure(metrics))?,
            MetricValue::Rate(rate) => {
                writeln!(text, "replay_{name} {}", rate(metrics, metrics.elapsed()))?;
            }
            MetricValue::Time(time) => {
                let millis = time(metrics).map_or(0, VirtualTime::as_millis);
                writeln!(text, "replay_{name} {}", millis as f64 / 1e3)?;
            }
            MetricValue::Labelled(label, counts) => {
                for (value, count) in counts(metrics) {
                    writeln!(text, "replay_{name}{{{label}=\"{}\"}} {count}", escaped(&value))?;
                }
            }
            MetricValue::Histogram(durations) => write_buckets(text, name, durations(metrics))?,
        }
    }
    Ok(())
}

fn write_buckets(text: &mut String, name: &str, durations: &Durations) -> fmt::Result {
    let histogram = durations.histogram();
    for bound in BUCKETS_MICROS {
        let count = histogram.count_between(0, bound);
        let seconds = bound as f64 / 1e6;
        writeln!(text, "replay_{name}_bucket{{le=\"{seconds}\"}} {count}")?;
    }
    let count = durations.count();
    let sum = histogram.mean() * count as f64 / 1e6;
    writeln!(text, "replay_{name}_bucket{{le=\"+Inf\"}} {count}")?;
    writeln!(text, "replay_{name}_sum {sum}\nreplay_{name}_count {count}")
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_text_has_counters_labels_and_cumulative_buckets() {
        let mut metrics = Metrics::default();
        metrics.accepted(b"a\"b", Some(Duration::from_millis(2)));
        metrics.accepted(b"a\"b", Some(Duration::from_secs(60)));
        let text = text(&metrics);
        for line in [
            "# HELP replay_delivered_events_total Events that the target accepted.",
            "# TYPE replay_delivered_events_total counter",
            "replay_delivered_events_total 2",
            "replay_events_total{type=\"a\\\"b\"} 2",
            "replay_latency_from_due_seconds_bucket{le=\"0.001\"} 0",
            "replay_latency_from_due_seconds_bucket{le=\"0.0025\"} 1",
            "replay_latency_from_due_seconds_bucket{le=\"+Inf\"} 2",
            "replay_latency_from_due_seconds_count 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
