//! What several results say together.

use serde_json::Value;

use event_simulator::quantity::{grouped, show_seconds};

use super::several::JudgedChapter;
use super::words::{listed, text};
use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Axis, Form, LineSeries, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

/// The chapters of a comparison, but for that of runs of `replay`, which are laid over each other, and checks by a plan.
pub(super) fn chapters(view: ResultView<'_>) -> Vec<Chapter> {
    let kinds = [gauntlet(view), verify(view), stats(view), plan(view), expect(view)];
    kinds.into_iter().flatten().collect()
}

/// A chapter for each timeline that is held against a plan.
pub(super) fn plan_checks(view: ResultView<'_>) -> Vec<JudgedChapter> {
    let check = |number| {
        let chapter = plan_check(view, number);
        JudgedChapter::of_check(chapter.name.clone(), chapter)
    };
    (0..view.items("stats_by_plan").len()).map(check).collect()
}

/// The numbers of runs of `replay`, if there are several.
pub(super) fn replay_numbers(view: ResultView<'_>) -> Option<Picture> {
    numbers(view, "All numbers", "replay", "numbers", "number")
}

fn names(view: ResultView<'_>, kind: &str) -> Vec<String> {
    let names = view.items(&format!("{kind}/names")).iter();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn chapter(
    view: ResultView<'_>,
    (command, kind): (&'static str, &str),
    (is_ok, line): (bool, String),
    pictures: impl IntoIterator<Item = Option<Picture>>,
) -> Chapter {
    Chapter {
        command,
        name: names(view, kind).join(", "),
        verdict: PageVerdict { is_ok, line },
        facts: Vec::new(),
        reasons: Vec::new(),
        pictures: pictures.into_iter().flatten().collect(),
    }
}

/// A table with a column for each result, and what has changed from the first to the last.
fn numbers(
    view: ResultView<'_>,
    title: &str,
    kind: &str,
    member: &str,
    label: &'static str,
) -> Option<Picture> {
    let names = names(view, kind);
    view.picture(title, "", &format!("{kind}/{member}"), |data| {
        let mut columns = vec![TableColumn::new(label, "name", Form::Text)];
        columns.extend(by_result(&names, "values", Form::Own));
        columns.push(TableColumn::new("difference", "difference", Form::Difference));
        columns.push(TableColumn::new("change", "change", Form::Change));
        PictureShape::Table { data, columns }
    })
}

/// A column for each result.
fn by_result(names: &[String], field: &str, form: Form) -> Vec<TableColumn> {
    let column = |(place, name): (usize, &String)| {
        TableColumn::new(name.clone(), format!("{field}/{place}"), form)
    };
    names.iter().enumerate().map(column).collect()
}

fn over_time(view: ResultView<'_>, title: &str, kind: &str, what: &str) -> Option<Picture> {
    let path = format!("{kind}/over_time");
    let is_elapsed = view.get(&format!("{path}/is_elapsed")).as_bool()?;
    let seconds = show_seconds(view.get(&format!("{path}/bucket_seconds")).as_f64()?);
    let names = names(view, kind);
    let line = |(place, name): (usize, &String)| {
        let data = view.place(&format!("{path}/series/{place}"))?;
        let label = name.clone();
        Some(LineSeries { label, data, x: "start", y: "count", is_wanted: false })
    };
    let series: Vec<_> = names.iter().enumerate().filter_map(line).collect();
    let mut about = format!("{what} in each {seconds}.");
    if view.count(&format!("{path}/left_out")) > 0 {
        let left_out = grouped(view.count(&format!("{path}/left_out")));
        about = format!("{about} {left_out} that are far from all others are left out.");
    }
    let x = if is_elapsed {
        Axis { label: "time since the first of each", form: Form::Seconds }
    } else {
        Axis { label: "time (UTC)", form: Form::Time }
    };
    let y = Axis { label: "in a bucket", form: Form::Count };
    let shape = PictureShape::Lines { series, x, y, shaded: None, band: None };
    Some(Picture { is_wide: true, ..view.drawn(title, &about, shape) })
}

fn gauntlet(view: ResultView<'_>) -> Option<Chapter> {
    let names_of = |member: &str| -> Vec<&str> {
        let names = view.items(&format!("gauntlet/{member}")).iter();
        names.filter_map(Value::as_str).collect()
    };
    let names = names(view, "gauntlet");
    let (better, worse) = (names_of("better"), names_of("worse"));
    let last = names_of("not_handled");
    let runs = view.items("gauntlet/run").len();
    let of = |member: &str, run: usize| grouped(view.count(&format!("gauntlet/{member}/{run}")));
    let handled = |run: usize| format!("{} of {}", of("handled", run), of("run", run));
    let change = match (better.as_slice(), worse.as_slice()) {
        ([], []) => "no case is handled that was not, and none is lost".to_owned(),
        (better, []) => format!("better: {}", listed(better)),
        ([], worse) => format!("worse: {}", listed(worse)),
        (better, worse) => format!("worse: {}; better: {}", listed(worse), listed(better)),
    };
    let counts: Vec<String> = (0..runs).map(handled).collect();
    let line = format!("{} cases handled; {change}", counts.join(", then "));
    let mut columns = vec![TableColumn::new("case", "name", Form::Text)];
    columns.extend(by_result(&names, "outcomes", Form::Outcome));
    columns.push(TableColumn::new("from the first to the last", "change", Form::Outcome));
    let cases = view.picture("Cases and runs", "", "gauntlet/cases", |data| PictureShape::Table {
        data,
        columns,
    });
    let cases = cases.map(|picture| Picture { is_wide: true, ..picture });
    let verdict = (last.is_empty() && runs > 0, line);
    view.place("gauntlet").map(|_| chapter(view, ("gauntlet", "gauntlet"), verdict, [cases]))
}

fn verify(view: ResultView<'_>) -> Option<Chapter> {
    let names = names(view, "verify");
    let last = names.len().checked_sub(1)?;
    let kinds = view.items("verify/kinds");
    let found = |run: usize| -> String {
        let count = |row: &Value| row["values"][run].as_u64().filter(|count| *count > 0);
        let told = |row: &Value| Some(format!("{} {}", grouped(count(row)?), text(row, "/name")));
        let all: Vec<String> = kinds.iter().filter_map(told).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
    };
    let is_ok = found(last) == "nothing";
    let mut line = format!(
        "{}, the last: {}; {}, the first: {}",
        names[last],
        found(last),
        names[0],
        found(0)
    );
    let between: Vec<&str> =
        (1..last).filter(|run| found(*run) != "nothing").map(|run| &*names[run]).collect();
    if !between.is_empty() {
        line = format!("{line}; not OK between them: {}", listed(&between));
    }
    let mut columns = vec![TableColumn::new("cause", "cause", Form::Text)];
    columns.extend(by_result(&names, "runs", Form::Flag));
    let causes = view.picture("Causes, and the runs that have them", "", "verify/causes", |data| {
        PictureShape::Table { data, columns }
    });
    let pictures = [
        numbers(view, "What is wrong, run by run", "verify", "kinds", "kind"),
        causes.map(|picture| Picture { is_wide: true, ..picture }),
        over_time(view, "What is wrong, over time", "verify", "Findings of all kinds"),
        numbers(view, "What is wrong, by event type", "verify", "types", "event type"),
        numbers(view, "What was compared", "verify", "sizes", "number"),
    ];
    Some(chapter(view, ("verify", "verify"), (is_ok, line), pictures))
}

fn stats(view: ResultView<'_>) -> Option<Chapter> {
    let names = names(view, "stats");
    let events: Vec<String> = (0..names.len())
        .map(|run| grouped(view.count(&format!("stats/numbers/0/values/{run}"))))
        .collect();
    view.place("stats")?;
    let line = format!("{} timelines beside each other: {} events", names.len(), events.join(", "));
    let sizes = |title: &str, about: &str, member: &str, form, what| {
        let series = names.iter().enumerate().filter_map(|(place, name)| {
            Some((name.clone(), view.place(&format!("stats/{member}/{place}"))?))
        });
        let series: Vec<_> = series.collect();
        let is_there = !series.is_empty();
        let shape = PictureShape::Sizes { series, form, what };
        is_there.then(|| view.drawn(title, about, shape))
    };
    let pictures = [
        numbers(view, "In all", "stats", "numbers", "number"),
        over_time(view, "Events over time", "stats", "Events of all types"),
        numbers(view, "Events by type", "stats", "types", "event type"),
        numbers(view, "Share of each type in all events", "stats", "shares", "event type"),
        sizes(
            "Length of sessions",
            "From the first event to the last.",
            "session_seconds",
            Form::Seconds,
            "sessions",
        ),
        sizes("Events of a session", "", "session_events", Form::Count, "sessions"),
    ];
    Some(chapter(view, ("stats", "stats"), (true, line), pictures))
}

fn plan(view: ResultView<'_>) -> Option<Chapter> {
    let names = names(view, "plan");
    view.place("plan")?;
    let line = format!("{} forecasts beside each other", names.len());
    let pictures = [
        numbers(view, "Expected numbers", "plan", "numbers", "number"),
        numbers(view, "Expected mix", "plan", "mix", "event type"),
        numbers(view, "Sessions that reach a goal", "plan", "goals", "goal"),
    ];
    Some(chapter(view, ("plan", "plan"), (true, line), pictures))
}

fn expect(view: ResultView<'_>) -> Option<Chapter> {
    view.place("expect")?;
    let tables: Vec<&String> = view
        .get("expect/differing")
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    let names: Vec<&str> = tables.iter().map(|name| name.as_str()).collect();
    let line = match names.as_slice() {
        [] => "The true tables are the same".to_owned(),
        names => format!("The first and the last differ in {}", listed(names)),
    };
    let rows = |name: &&String| {
        let count = grouped(view.count(&format!("expect/differing/{name}/count")));
        let title = format!("Table {name}: {count} rows that only one of them has");
        let path = format!("expect/differing/{name}/first");
        let shape = |data| PictureShape::Table { data, columns: Vec::new() };
        view.picture(&title, "The first of them, by their keys.", &path, shape)
    };
    let tables = tables.iter().map(rows);
    let counts = numbers(view, "Rows of each table", "expect", "rows", "table");
    let verdict = (true, line);
    Some(chapter(view, ("expect", "expect"), verdict, std::iter::once(counts).chain(tables)))
}

/// A timeline beside a plan.
fn plan_check(view: ResultView<'_>, number: usize) -> Chapter {
    let path = format!("stats_by_plan/{number}");
    let [plan, stats] = ["plan", "stats"].map(|name| view.text(&format!("{path}/{name}")));
    let rows = view.items(&format!("{path}/rows"));
    let far: Vec<&str> =
        view.items(&format!("{path}/far")).iter().filter_map(Value::as_str).collect();
    let outside = view.count(&format!("{path}/outside"));
    let within = grouped(rows.len() as u64 - outside);
    let all = grouped(rows.len() as u64);
    let line = match far.as_slice() {
        [] => format!(
            "{stats} is such as the plan expects: {within} of {all} counts are within their intervals"
        ),
        far => format!("{stats} is not such as the plan expects: {}", listed(far)),
    };
    let reason = |row: &&Value| ReportReason {
        title: text(row, "/name").to_owned(),
        text: told(row),
        ..ReportReason::default()
    };
    let column = TableColumn::new::<&'static str, &'static str>;
    let table = |data| PictureShape::Table {
        data,
        columns: vec![
            column("count", "name", Form::Text),
            column("interval", "place", Form::Place),
            column("found", "found", Form::Count),
            column("least", "low", Form::Floor),
            column("expected", "expected", Form::Number),
            column("most", "high", Form::Ceiling),
            column("standard deviation of a run", "standard_deviation", Form::Number),
        ],
    };
    let about = format!(
        "From the least to the most are 95 of 100 runs: one in 20 counts is outside by chance, here {outside} of {all}."
    );
    let read = format!("{path}/rows");
    let picture = "Found, in standard deviations from what is expected";
    let scale = "The shaded band has 95 of 100 runs of each count.";
    Chapter {
        command: "stats",
        name: format!("{stats}, by {plan}"),
        verdict: PageVerdict { is_ok: far.is_empty(), line },
        facts: Vec::new(),
        reasons: rows
            .iter()
            .filter(|row| text(row, "/place") == "far")
            .map(|row| reason(&row))
            .collect(),
        pictures: [
            view.picture(picture, scale, &read, |data| PictureShape::Intervals { data }),
            view.picture("Found and expected", &about, &read, table),
        ]
        .into_iter()
        .flatten()
        .map(|picture| Picture { is_wide: true, ..picture })
        .collect(),
    }
}

/// How far a count is from what is expected.
fn told(row: &Value) -> String {
    let number = |name: &str| row[name].as_f64().unwrap_or_default();
    let whole = |number: f64| grouped(number.max(0.0) as u64);
    let (low, high) = (whole(number("low").floor()), whole(number("high").ceil()));
    let found = whole(number("found"));
    match row["deviations"].as_f64() {
        Some(deviations) => format!(
            "{found}, where 95 of 100 runs have {low} to {high}: {:.1} standard deviations away",
            deviations.abs()
        ),
        None => format!("{found}, where the plan has none"),
    }
}
