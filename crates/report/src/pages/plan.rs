//! The forecast of `plan`.

use event_simulator::quantity::grouped;

use super::words::text;
use crate::measures::PLAN;
use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Axis, Form, LineBand, LineSeries, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let users = grouped(view.count("users"));
    let whole = |path: &str| view.get(path).as_f64().map(|count| grouped(count.round() as u64));
    let line = match (whole("events"), whole("sessions")) {
        (Some(events), Some(sessions)) => {
            format!("About {events} events in {sessions} sessions of {users} users are expected")
        }
        _ => format!("{users} users come and go without end"),
    };
    let note = |note: &serde_json::Value| {
        Some(ReportReason { text: note.as_str()?.to_owned(), ..ReportReason::default() })
    };
    Chapter {
        command: "plan",
        name: view.result.name.clone(),
        verdict: PageVerdict { is_ok: true, line },
        facts: view.facts(&PLAN),
        reasons: view.items("binding").iter().filter_map(note).collect(),
        pictures: pictures(view),
    }
}

fn pictures(view: ResultView<'_>) -> Vec<Picture> {
    let bars = |title: &str, path: &str, label, value, form| {
        view.picture(title, "", path, |data| PictureShape::Bars { data, label, value, form })
    };
    let mut pictures: Vec<Picture> = [
        hours(view),
        days(view),
        bars("Expected mix", "mix", "", "", Form::Share),
        bars("Views of pages a session", "flow/views", "page_path", "views", Form::Number),
        bars("Sessions that reach a goal", "flow/goals", "goal", "sessions", Form::Share),
        view.picture(
            "Where sessions go",
            "From left to right: the first pages of sessions, and which share goes on to which.",
            "flow/steps",
            |data| PictureShape::Flow { data, value: "sessions", form: Form::Share },
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (number, journey) in view.items("journeys").iter().enumerate() {
        let title = format!("Sessions that reach each step of {}", text(journey, "/journey"));
        let path = format!("journeys/{number}/steps");
        pictures.extend(bars(&title, &path, "page_path", "sessions", Form::Share));
    }
    pictures.extend(spread(view));
    pictures.extend(days_of_runs(view));
    pictures.extend(bars(
        "Users who stay, by days",
        "traffic/retention",
        "day",
        "share",
        Form::Share,
    ));
    pictures.extend(tables(view));
    pictures
}

fn tables(view: ResultView<'_>) -> Vec<Picture> {
    let column = TableColumn::new::<&'static str, &'static str>;
    let personas = view.picture("Personas", "", "personas", |data| PictureShape::Table {
        data,
        columns: vec![
            column("persona", "persona", Form::Text),
            column("users", "users", Form::Count),
            column("sessions", "sessions", Form::Count),
            column("pages a session", "pages_per_session", Form::Number),
            column("events a session", "events_per_session", Form::Number),
        ],
    });
    let means = view.picture("Means of properties", "", "properties", |data| PictureShape::Table {
        data,
        columns: vec![
            column("event", "event", Form::Text),
            column("property", "property", Form::Text),
            column("mean", "mean", Form::Number),
            column("of events", "share", Form::Share),
            column("in all", "total", Form::Count),
        ],
    });
    let about = "The standard error is that of the amount that is expected; in 95 of 100 runs an amount is from the least to the most.";
    let amounts = view.picture("Amounts of money", about, "revenue", |data| PictureShape::Table {
        data,
        columns: vec![
            column("event", "event", Form::Text),
            column("currency", "currency", Form::Text),
            column("events", "events", Form::Number),
            column("amount", "amount", Form::Number),
            column("standard error", "standard_error", Form::Number),
            column("least", "low", Form::Number),
            column("most", "high", Form::Number),
        ],
    });
    [personas, means, amounts].into_iter().flatten().collect()
}

/// What a single run may have of each count.
fn spread(view: ResultView<'_>) -> Option<Picture> {
    let column = TableColumn::new::<&'static str, &'static str>;
    let about = "In 95 of 100 runs a count is from the least to the most.";
    view.picture("What one run may have", about, "spread/counts", |data| PictureShape::Table {
        data,
        columns: vec![
            column("count of", "what", Form::Word),
            column("name", "name", Form::Text),
            column("mean", "mean", Form::Number),
            column("standard deviation", "standard_deviation", Form::Number),
            column("least", "low", Form::Floor),
            column("most", "high", Form::Ceiling),
        ],
    })
}

/// What a single run may have of each day.
fn days_of_runs(view: ResultView<'_>) -> Option<Picture> {
    let column = TableColumn::new::<&'static str, &'static str>;
    let about = "In 95 of 100 runs a day has from the least to the most.";
    view.picture("What one run may have in a day", about, "spread/days", |data| {
        PictureShape::Table {
            data,
            columns: vec![
                column("day", "start", Form::Text),
                column("least sessions", "sessions/low", Form::Floor),
                column("most sessions", "sessions/high", Form::Ceiling),
                column("least events", "events/low", Form::Floor),
                column("most events", "events/high", Form::Ceiling),
            ],
        }
    })
}

fn hours(view: ResultView<'_>) -> Option<Picture> {
    curve(view, "Sessions by hour", "hours", "hour")
}

fn days(view: ResultView<'_>) -> Option<Picture> {
    // One day is no curve.
    (view.items("traffic/days").len() > 1)
        .then(|| curve(view, "Sessions by day", "days", "date"))?
}

fn curve(view: ResultView<'_>, title: &str, periods: &str, x: &'static str) -> Option<Picture> {
    let band = view.place(&format!("spread/{periods}")).map(|data| LineBand {
        label: "95 of 100 runs",
        data,
        x: "start",
        low: "sessions/low",
        high: "sessions/high",
    });
    let about = if band.is_some() { "The band has 95 of 100 runs of each." } else { "" };
    view.picture(title, about, &format!("traffic/{periods}"), |data| PictureShape::Lines {
        series: vec![LineSeries {
            label: "sessions that start".to_owned(),
            data,
            x,
            y: "sessions",
            is_wanted: false,
        }],
        x: Axis { label: "time (UTC)", form: Form::Time },
        y: Axis { label: "sessions", form: Form::Count },
        shaded: None,
        band,
    })
}
