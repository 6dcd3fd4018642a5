//! The difference of two timelines.

use serde_json::Value;

use event_simulator::quantity::grouped;

use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Form, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

/// The ways in which an event can differ.
const WAYS: [&str; 4] = ["added", "removed", "changed", "moved"];

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let is_same = view.get("first").is_null();
    let ways: Vec<String> = WAYS
        .into_iter()
        .map(|way| (view.count(&format!("total/{way}")), way))
        .filter(|(count, _)| *count > 0)
        .map(|(count, way)| format!("{} {way}", grouped(count)))
        .collect();
    let line = match (is_same, ways.is_empty()) {
        (true, _) => "The timelines have the same lines".to_owned(),
        (false, true) => "The timelines have the same events in other lines".to_owned(),
        (false, false) => format!("The timelines differ: {}", ways.join(", ")),
    };
    Chapter {
        command: "diff",
        name: view.result.name.clone(),
        verdict: PageVerdict { is_ok: is_same, line },
        facts: view.facts(&[
            ("events of the first", "events/0", Form::Count),
            ("events of the second", "events/1", Form::Count),
            ("added", "total/added", Form::Count),
            ("removed", "total/removed", Form::Count),
            ("changed", "total/changed", Form::Count),
            ("moved", "total/moved", Form::Count),
            ("users with a difference", "users/count", Form::Count),
            ("sessions with a difference", "sessions/count", Form::Count),
        ]),
        reasons: reasons(view),
        pictures: pictures(view),
    }
}

fn reasons(view: ResultView<'_>) -> Vec<ReportReason> {
    let reason = |title: &str, text: String| ReportReason {
        title: title.to_owned(),
        text,
        ..ReportReason::default()
    };
    let mut reasons = Vec::new();
    match view.get("origins") {
        Value::String(word) if word == "same" => {
            reasons.push(reason("Manifests", "the same seed, scenario and version".to_owned()));
        }
        Value::Object(origins) => {
            let changes = origins.values().filter_map(Value::as_array).flatten();
            let changes = changes.map(|change| match change {
                Value::String(line) => line.clone(),
                other => other.to_string(),
            });
            reasons.extend(changes.map(|change| reason("Manifests", change)));
        }
        _ => {}
    }
    let first = view.get("first");
    if let Some(line) = first.get("line").and_then(Value::as_u64) {
        let text =
            format!("Line {} is the first that is not the same{}", grouped(line), of_line(first));
        reasons.push(ReportReason { parts_at: view.place("first"), ..reason("", text) });
    }
    reasons
}

/// What is not the same in the line at which two timelines part.
fn of_line(first: &Value) -> String {
    let ended = |side: &str| first.get(side).is_some_and(Value::is_null);
    let differing = first["differing"].as_array().map_or(0, Vec::len) as u64;
    let all = differing + first["same_fields"].as_u64().unwrap_or_default();
    match (ended("left"), ended("right"), differing) {
        (true, ..) => ": the first timeline has ended".to_owned(),
        (_, true, _) => ": the second timeline has ended".to_owned(),
        (_, _, 0) => String::new(),
        (_, _, 1) => format!(": 1 of {} fields differs", grouped(all)),
        (_, _, some) => format!(": {} of {} fields differ", grouped(some), grouped(all)),
    }
}

fn pictures(view: ResultView<'_>) -> Vec<Picture> {
    let columns = |label, of: [&'static str; 5]| {
        let mut columns = vec![TableColumn::new(label, of[0], Form::Text)];
        let counts = WAYS.into_iter().zip(&of[1..]);
        columns.extend(counts.map(|(label, field)| TableColumn::new(label, *field, Form::Count)));
        columns
    };
    let by_name = ["name", "added", "removed", "changed", "moved"];
    let pairs = ["0", "1/added", "1/removed", "1/changed", "1/moved"];
    let table = |title: &str, path: &str, label, of| {
        view.picture(title, "", path, |data| PictureShape::Table {
            data,
            columns: columns(label, of),
        })
    };
    let over_time = view.picture(
        "Events over time, by type",
        "Bars are the second timeline, the line is the first; each strip has its own scale.",
        "overlay/over_time",
        |data| PictureShape::Strips { data, counts: "counts/second", before: Some("counts/first") },
    );
    let funnel = view.picture(
        "Sessions that have an event of a type",
        "The upper bar is the first timeline, the lower one the second.",
        "overlay/funnel",
        |data| PictureShape::Pairs { data, label: "event_type", what: "sessions" },
    );
    [
        over_time.map(|picture| Picture { is_wide: true, ..picture }),
        funnel,
        table("By event type", "by_type", "event type", by_name),
        table("Users with the most differences", "users/most", "user", pairs),
        table("Sessions with the most differences", "sessions/most", "session", pairs),
        view.picture("First changes", "", "changes", |data| PictureShape::Table {
            data,
            columns: vec![TableColumn::new("", "", Form::Code)],
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
