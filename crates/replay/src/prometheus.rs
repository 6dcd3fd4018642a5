//! The metrics while it runs, in Prometheus' text format.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::ReplayError;
use super::books::{Books, Durations, Metrics};

const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the histograms' buckets, in microseconds.
const BUCKETS_MICROS: [u64; 16] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 5_000_000, 30_000_000,
];

/// Serves `GET /metrics` on `address` for as long as the process lives, on a thread of its own. Gives
/// the address that it listens on.
///
/// # Errors
///
/// [`ReplayError::Options`] if the address cannot be had.
pub fn serve_metrics(address: SocketAddr, books: Arc<Books>) -> Result<SocketAddr, ReplayError> {
    let taken = |error| ReplayError::Options(format!("cannot serve metrics on {address}: {error}"));
    let listener = std::net::TcpListener::bind(address).map_err(taken)?;
    listener.set_nonblocking(true).map_err(taken)?;
    let bound = listener.local_addr().map_err(taken)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ReplayError::Start)?;
    let serve = move || {
        runtime.block_on(async {
            let answer =
                move || async move { ([(CONTENT_TYPE, MEDIA_TYPE)], text(&books.snapshot())) };
            let app = Router::new().route("/metrics", get(answer));
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                // It only ends with the process.
                let _ = axum::serve(listener, app).await;
            }
        });
    };
    std::thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(serve)
        .map_err(ReplayError::Start)?;
    Ok(bound)
}

fn text(metrics: &Metrics) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_text(&mut text, metrics);
    text
}

fn write_text(text: &mut String, metrics: &Metrics) -> fmt::Result {
    let counters = [
        ("delivered_events", "Events that the target accepted.", metrics.delivered),
        ("dead_letters", "Events that were given up.", metrics.dead),
        ("bad_lines", "Lines that could not be sent.", metrics.bad_lines),
        ("requests", "Requests, retries included.", metrics.requests),
        ("retries", "Tries after the first.", metrics.retries),
        ("sent_bytes", "Bytes of request bodies.", metrics.sent_bytes),
        ("outages", "Times that the target was down.", metrics.outages),
    ];
    for (name, help, value) in counters {
        head(text, &format!("{name}_total"), help, "counter")?;
        writeln!(text, "replay_{name}_total {value}")?;
    }
    let gauges = [
        ("in_flight_requests", "Requests under way.", metrics.in_flight as f64),
        ("behind_events", "Events, about, that should have been sent.", metrics.behind() as f64),
        ("lag_now_seconds", "How late the latest event was sent.", metrics.lag_now.as_secs_f64()),
        ("wanted_events_per_second", "What the schedule asks for.", metrics.wanted_rate),
    ];
    for (name, help, value) in gauges {
        head(text, name, help, "gauge")?;
        writeln!(text, "replay_{name} {value}")?;
    }
    head(text, "events_total", "Delivered events by type.", "counter")?;
    for (name, count) in metrics.by_type() {
        writeln!(text, "replay_events_total{{type=\"{}\"}} {count}", escaped(name))?;
    }
    head(text, "answers_total", "Answers by status.", "counter")?;
    for (status, count) in &metrics.statuses {
        writeln!(text, "replay_answers_total{{status=\"{status}\"}} {count}")?;
    }
    head(text, "failed_tries_total", "Tries that failed, by kind.", "counter")?;
    for (kind, count) in &metrics.failures {
        writeln!(text, "replay_failed_tries_total{{kind=\"{}\"}} {count}", escaped(kind))?;
    }
    histogram(text, "lag_seconds", "From due to sent.", &metrics.lag)?;
    histogram(text, "latency_seconds", "From sent to answered.", &metrics.latency)?;
    let help = "From due to accepted.";
    histogram(text, "latency_from_due_seconds", help, &metrics.latency_from_due)
}

fn head(text: &mut String, name: &str, help: &str, kind: &str) -> fmt::Result {
    writeln!(text, "# HELP replay_{name} {help}\n# TYPE replay_{name} {kind}")
}

fn histogram(text: &mut String, name: &str, help: &str, durations: &Durations) -> fmt::Result {
    head(text, name, help, "histogram")?;
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
        let mut metrics = Metrics::new();
        metrics.accepted(b"a\"b", Some(Duration::from_millis(2)));
        metrics.accepted(b"a\"b", Some(Duration::from_secs(60)));
        let text = text(&metrics);
        for line in [
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
