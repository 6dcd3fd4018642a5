//! The summaries of `replay` and `run`, several of which are laid over each other.

use std::cmp::Reverse;
use std::time::Duration;

use serde_json::Value;

use event_simulator::quantity::{grouped, show_duration};

use super::several;
use crate::measures::{NumberPlace, REPLAY};
use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Axis, Form, LineSeries, Picture, PictureShape, ValueRow};
use crate::view::{ResultView, drawn};

const ELAPSED: Axis = Axis { label: "time since the first event was due", form: Form::Seconds };

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let seconds = Duration::try_from_secs_f64(view.get("elapsed_seconds").as_f64().unwrap_or(0.0));
    let elapsed = show_duration(seconds.unwrap_or_default());
    let delivered = grouped(view.count("delivered"));
    let lost = [
        (view.count("dead_letters"), "given up"),
        (view.count("given_up_before"), "given up before"),
        (view.count("unsettled"), "not settled"),
    ];
    let lost: Vec<String> = lost
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    let outcome = view.text("outcome");
    let mut line = format!("{delivered} events delivered in {elapsed}");
    if !lost.is_empty() {
        line = format!("{}; {line}", lost.join(", "));
    }
    line = match outcome {
        "complete" => line,
        "failed" => match view.text("error").split(". ").next() {
            None | Some("") => format!("The run failed: {line}"),
            Some(error) => format!("The run failed: {error}; {line}"),
        },
        other => format!("The run was {other}: {line}"),
    };
    Chapter {
        command: "replay",
        name: view.result.name.clone(),
        verdict: PageVerdict { is_ok: lost.is_empty() && outcome == "complete", line },
        facts: view.facts(&facts(view)),
        reasons: reasons(view),
        pictures: pictures(&[view], &[""]),
    }
}

/// Those numbers that matter, and are not 0.
fn facts(view: ResultView<'_>) -> Vec<NumberPlace> {
    let matters = |(label, path, _): &NumberPlace| {
        let is_always = matches!(
            *label,
            "events delivered" | "events a second" | "elapsed" | "lag, p99" | "latency, p99"
        );
        let is_of_loss =
            ["dead_letters", "unsettled", "retries", "outages", "given_up_before"].contains(path);
        is_always || is_of_loss && view.count(path) > 0
    };
    REPLAY.into_iter().filter(matters).collect()
}

fn reasons(view: ResultView<'_>) -> Vec<ReportReason> {
    let reason = |title: &str, text: String| ReportReason {
        title: title.to_owned(),
        text,
        ..ReportReason::default()
    };
    let mut reasons = Vec::new();
    if let Some(error) = view.get("error").as_str() {
        reasons.push(reason("Error", error.to_owned()));
    }
    for (kind, count) in view.get("failed_tries").as_object().into_iter().flatten() {
        let tries = format!("{} tries failed", grouped(count.as_u64().unwrap_or_default()));
        reasons.push(reason(kind, tries));
    }
    for outage in view.items("outage_times") {
        let at = |place: usize| {
            let seconds = outage.get(place).and_then(Value::as_f64).unwrap_or_default();
            show_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
        };
        reasons.push(reason("Outage", format!("the target was down from {} to {}", at(0), at(1))));
    }
    reasons
}

/// A chapter for several runs.
pub(super) fn overlay(views: &[ResultView<'_>], numbers: Option<Picture>) -> Chapter {
    let names: Vec<&str> = views.iter().map(|view| &*view.result.name).collect();
    let runs: Vec<Chapter> = views.iter().map(|view| chapter(*view)).collect();
    let wrong = runs.iter().filter(|run| !run.verdict.is_ok).count();
    let gravest = (0..runs.len())
        .filter(|run| !runs[*run].verdict.is_ok)
        .max_by_key(|run| (several::wrong_share(views[*run]), Reverse(*run)));
    let line = match gravest {
        None => format!("All {} runs delivered everything", runs.len()),
        Some(run) => {
            let (name, line) = (names[run], &runs[run].verdict.line);
            let did = if wrong == 1 { "run is" } else { "runs are" };
            format!("{name}: {line}; {wrong} of {} {did} not OK", runs.len())
        }
    };
    let mut reasons: Vec<ReportReason> = Vec::new();
    for (run, name) in runs.iter().zip(&names) {
        let details = run.reasons.iter().map(|reason| format!("{}: {}", reason.title, reason.text));
        let (title, text) = ((*name).to_owned(), run.verdict.line.clone());
        reasons.push(ReportReason {
            title,
            text,
            details: details.collect(),
            ..ReportReason::default()
        });
    }
    Chapter {
        command: "replay",
        name: names.join(", "),
        verdict: PageVerdict { is_ok: wrong == 0, line },
        facts: Vec::new(),
        reasons,
        pictures: numbers.into_iter().chain(pictures(views, &names)).collect(),
    }
}

/// Runs, with their names, which are empty if there is but one.
struct Runs<'a> {
    views: &'a [ResultView<'a>],
    names: &'a [&'a str],
}

/// A line of each run: its name, its field in a bucket, and whether it is what was wanted.
type BucketField = (&'static str, &'static str, bool);

const RATES: [BucketField; 2] =
    [("wanted", "wanted_per_second", true), ("delivered", "delivered_per_second", false)];
const LAGS: [BucketField; 2] = [("p50", "lag_p50", false), ("p99", "lag_p99", false)];
const LATENCIES: [BucketField; 3] =
    [("p50", "latency_p50", false), ("p90", "latency_p90", false), ("p99", "latency_p99", false)];
const TRIES: [BucketField; 3] = [
    ("failed tries", "failed_tries", false),
    ("dead letters", "dead_letters", false),
    ("retries", "retries", false),
];

/// Counts by name.
const COUNTS: [(&str, &str); 3] = [
    ("Events by type", "types"),
    ("Answers by status", "statuses"),
    ("Failed tries by kind", "failed_tries"),
];

fn pictures(views: &[ResultView<'_>], names: &[&str]) -> Vec<Picture> {
    let runs = Runs { views, names };
    let axis = |label, form| Axis { label, form };
    let has_tries = |view: &ResultView<'_>| view.count("retries") + view.count("dead_letters") > 0;
    let lag = "From when an event was due until its first try.";
    let pictures = [
        runs.lines("Rate wanted and got", "", axis("events a second", Form::Rate), &RATES),
        runs.lines("Lag over time", lag, axis("lag", Form::Micros), runs.main(&LAGS)),
        runs.lines(
            "Latency over time",
            "From a request to its answer.",
            axis("latency", Form::Micros),
            runs.main(&LATENCIES),
        ),
        runs.lines(
            "Retries and failures over time",
            "",
            axis("in a bucket", Form::Count),
            runs.main(&TRIES),
        )
        .filter(|_| views.iter().any(has_tries)),
        runs.percentiles(),
    ];
    let mut pictures: Vec<Picture> = pictures.into_iter().flatten().collect();
    for (view, name) in views.iter().zip(names) {
        for (what, path) in COUNTS {
            pictures.extend(view.picture(&labelled(what, name), "", path, |data| {
                PictureShape::Bars { data, label: "", value: "", form: Form::Count }
            }));
        }
    }
    if let [view] = views {
        pictures.push(numbers(*view));
    }
    pictures
}

/// What is seen, of which run.
fn labelled(what: &str, name: &str) -> String {
    if name.is_empty() { what.to_owned() } else { format!("{name}: {what}") }
}

impl Runs<'_> {
    /// Of several runs the last measure only, so that lines can be told apart.
    fn main<'m>(&self, measures: &'m [BucketField]) -> &'m [BucketField] {
        if self.views.len() == 1 { measures } else { &measures[measures.len() - 1..] }
    }

    fn lines(
        &self,
        title: &str,
        about: &str,
        y: Axis,
        measures: &[BucketField],
    ) -> Option<Picture> {
        let mut series = Vec::new();
        for (view, name) in self.views.iter().zip(self.names) {
            let Some(data) = view.place("series/buckets") else { continue };
            let rows = view.items("series/buckets");
            for &(label, field, is_wanted) in measures {
                if rows.iter().any(|row| row.get(field).is_some_and(|value| !value.is_null())) {
                    let (label, data) = (labelled(label, name), data.clone());
                    series.push(LineSeries { label, data, x: "start", y: field, is_wanted });
                }
            }
        }
        // Of several runs no time is that of all.
        let shaded = match self.views {
            [view] => view.place("outage_times").map(|place| (place, "outage")),
            _ => None,
        };
        let is_empty = series.is_empty();
        let shape = PictureShape::Lines { series, x: ELAPSED, y, shaded, band: None };
        (!is_empty).then(|| drawn(title, about, self.views, shape))
    }

    fn percentiles(&self) -> Option<Picture> {
        const KINDS: [(&str, &str); 3] = [
            ("latency", "latency/counts"),
            ("latency from due", "latency_from_due/counts"),
            ("lag", "lag/counts"),
        ];
        let kinds = if self.views.len() == 1 { &KINDS[..] } else { &KINDS[..1] };
        let mut series = Vec::new();
        for (view, name) in self.views.iter().zip(self.names) {
            for (label, path) in kinds {
                let place = view.place(path);
                series.extend(place.map(|place| (labelled(label, name), place)));
            }
        }
        let about = "So many of all took no longer than that.";
        let is_empty = series.is_empty();
        let shape = PictureShape::Percentiles { series };
        (!is_empty).then(|| drawn("Latency by percentile", about, self.views, shape))
    }
}

fn numbers(view: ResultView<'_>) -> Picture {
    let rows = REPLAY.iter().filter_map(|(label, path, form)| {
        Some(ValueRow { label: (*label).to_owned(), value: view.place(path)?, form: *form })
    });
    view.drawn("All numbers", "", PictureShape::Values { rows: rows.collect() })
}
