//! The table of all metrics, from which the Prometheus text, the summary, the names of conditions and
//! the table in `docs/replay.md` come.

use std::time::Duration;

use event_simulator::time::VirtualTime;

use super::durations::Durations;
use super::values::Metrics;

/// One metric: its names, its meaning, and how it is read.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in the summary and in conditions.
    pub name: &'static str,
    /// Its name in Prometheus, after `replay_`, if it is served.
    pub prometheus: Option<&'static str>,
    /// Its unit.
    pub unit: &'static str,
    /// One sentence on it.
    pub help: &'static str,
    /// Its place in the summary: false for what means nothing at the end.
    pub is_in_summary: bool,
    /// Its value.
    pub value: MetricValue,
}

/// The kind of a metric, and how it is read.
#[derive(Clone, Copy, Debug)]
pub enum MetricValue {
    /// A count that only grows.
    Counter(fn(&Metrics) -> u64),
    /// A count for each value of a label.
    Labelled(&'static str, fn(&Metrics) -> Vec<(String, u64)>),
    /// A measure that rises and falls.
    Gauge(fn(&Metrics) -> f64),
    /// A rate over the time that the replay has taken.
    Rate(fn(&Metrics, Duration) -> f64),
    /// A virtual time.
    Time(fn(&Metrics) -> Option<VirtualTime>),
    /// A distribution of durations.
    Histogram(fn(&Metrics) -> &Durations),
}

use MetricValue::{Counter, Gauge, Histogram, Labelled, Rate, Time};

/// Every metric there is, in the order in which they are shown.
pub const METRICS: &[Metric] = &[
    row("sent", "events", Counter(|m| m.sent))
        .help("Events of which at least one try was begun.")
        .not_in_summary(),
    row("delivered", "events", Counter(|m| m.delivered))
        .help("Events that the target accepted.")
        .prometheus("delivered_events_total"),
    row("errors", "events", Counter(|m| m.dead_letters)).help("The same as `dead_letters`."),
    row("dead_letters", "events", Counter(|m| m.dead_letters))
        .help("Events that were given up.")
        .prometheus("dead_letters_total"),
    row("bad_lines", "lines", Counter(|m| m.bad_lines))
        .help("Lines that could not be sent.")
        .prometheus("bad_lines_total"),
    row("settled_before", "events", Counter(|m| m.settled_before))
        .help("Events that an earlier run had settled."),
    row("given_up_before", "events", Counter(|m| m.given_up_before))
        .help("Of these, events that went to the dead letters."),
    row("unsettled", "events", Counter(Metrics::unsettled))
        .help("Events that were sent, and neither delivered nor given up."),
    row("events_per_second", "events/s", Rate(events_per_second))
        .help("Delivered events a second."),
    row("active_sessions", "sessions", Counter(Metrics::active_sessions))
        .help("Sessions whose start was delivered and whose end was not."),
    row("completed_sessions", "sessions", Counter(Metrics::completed_sessions))
        .help("Sessions whose end was delivered."),
    row("requests", "requests", Counter(|m| m.requests))
        .help("Requests, retries included.")
        .prometheus("requests_total"),
    row("retries", "requests", Counter(|m| m.retries))
        .help("Tries after the first.")
        .prometheus("retries_total"),
    row("sent_bytes", "bytes", Counter(|m| m.sent_bytes))
        .help("Bytes of request bodies.")
        .prometheus("sent_bytes_total"),
    row("outages", "outages", Counter(|m| m.outages))
        .help("Times that the target was down.")
        .prometheus("outages_total"),
    row("in_flight", "requests", Gauge(|m| m.in_flight as f64))
        .help("Requests under way.")
        .prometheus("in_flight_requests")
        .not_in_summary(),
    row("behind", "events", Gauge(|m| m.behind() as f64))
        .help("Events, about, that should have been sent.")
        .prometheus("behind_events")
        .not_in_summary(),
    row("lag_now", "s", Gauge(|m| m.lag_now.as_secs_f64()))
        .help("How late the latest event was sent.")
        .prometheus("lag_now_seconds")
        .not_in_summary(),
    row("wanted_rate", "events/s", Gauge(|m| m.wanted_rate))
        .help("What the schedule asks for.")
        .prometheus("wanted_events_per_second")
        .not_in_summary(),
    row("first_event_time", "time", Time(|m| m.first_time)).help("Time of the first event."),
    row("last_event_time", "time", Time(|m| m.latest_time)).help("Time of the last event sent."),
    row("types", "events", Labelled("type", by_type))
        .help("Delivered events by type.")
        .prometheus("events_total"),
    row("statuses", "responses", Labelled("status", by_status))
        .help("Answers by status.")
        .prometheus("answers_total"),
    row("failed_tries", "requests", Labelled("kind", by_failure))
        .help("Tries that failed, by kind.")
        .prometheus("failed_tries_total"),
    row("lag", "s", Histogram(|m| &m.lag)).help("From due to sent.").prometheus("lag_seconds"),
    row("latency", "s", Histogram(|m| &m.latency))
        .help("From sent to answered.")
        .prometheus("latency_seconds"),
    row("latency_from_due", "s", Histogram(|m| &m.latency_from_due))
        .help("From due to accepted.")
        .prometheus("latency_from_due_seconds"),
];

const fn row(name: &'static str, unit: &'static str, value: MetricValue) -> Metric {
    Metric { name, prometheus: None, unit, help: "", is_in_summary: true, value }
}

impl Metric {
    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    const fn prometheus(self, name: &'static str) -> Self {
        Self { prometheus: Some(name), ..self }
    }

    const fn not_in_summary(self) -> Self {
        Self { is_in_summary: false, ..self }
    }
}

fn events_per_second(metrics: &Metrics, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64();
    if seconds > 0.0 { metrics.delivered as f64 / seconds } else { 0.0 }
}

fn by_type(metrics: &Metrics) -> Vec<(String, u64)> {
    metrics.by_type().into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

fn by_status(metrics: &Metrics) -> Vec<(String, u64)> {
    metrics.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect()
}

fn by_failure(metrics: &Metrics) -> Vec<(String, u64)> {
    metrics.failures.iter().map(|(kind, count)| (kind.clone(), *count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// The metrics as the documentation lists them.
    fn documentation() -> String {
        let mut text = String::from("| name | Prometheus | unit | meaning |\n|---|---|---|---|\n");
        for metric in METRICS {
            let Metric { name, unit, help, .. } = metric;
            let label = match metric.value {
                Labelled(label, _) => format!("{{{label}}}"),
                _ => String::new(),
            };
            let served = metric.prometheus.map(|name| format!("`replay_{name}{label}`"));
            let served = served.unwrap_or_default();
            writeln!(text, "| `{name}` | {served} | {unit} | {help} |").unwrap();
        }
        text
    }

    #[test]
    fn every_metric_is_documented() {
        let documented = include_str!("../../../../docs/replay.md");
        let table = documentation();
        assert!(documented.contains(&table), "docs/replay.md should have\n{table}");
    }
}
