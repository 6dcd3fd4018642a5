//! The findings of `verify`.

use serde_json::Value;

use event_simulator::quantity::grouped;

use super::words::text;
use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Form, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let counts = view.get("counts").as_object();
    let found: Vec<String> = counts
        .into_iter()
        .flatten()
        .map(|(kind, count)| {
            format!("{} {}", grouped(count.as_u64().unwrap_or_default()), kind.replace('_', " "))
        })
        .collect();
    let sizes = view.get("sizes").as_object();
    let is_empty = sizes.is_some_and(|sizes| sizes.values().all(|size| size.as_u64() == Some(0)));
    let line = match (found.is_empty(), is_empty) {
        (true, true) => "There is nothing to compare".to_owned(),
        (true, false) => "Nothing is missing, unexpected, duplicated or altered".to_owned(),
        (false, _) => match view.text("verdict").strip_prefix("Not OK: ") {
            Some(told) if told.starts_with(|c: char| c.is_ascii_digit()) => of_what(view) + told,
            Some(told) => told.to_owned(),
            None if view.count("sizes/tables") > 0 => format!("Of the rows: {}", found.join(", ")),
            None => format!("Of the events: {}", found.join(", ")),
        },
    };
    Chapter {
        command: "verify",
        name: view.text("subject").to_owned(),
        verdict: PageVerdict { is_ok: found.is_empty() && !is_empty, line },
        facts: view.facts(&[
            ("events sent", "sizes/sent", Form::Count),
            ("events received", "sizes/received", Form::Count),
            ("tables", "sizes/tables", Form::Count),
            ("rows expected", "sizes/rows", Form::Count),
            ("missing", "counts/missing", Form::Count),
            ("unexpected", "counts/unexpected", Form::Count),
            ("duplicated", "counts/duplicated", Form::Count),
            ("altered", "counts/altered", Form::Count),
            ("out of order", "counts/out_of_order", Form::Count),
            ("late", "counts/late", Form::Count),
            ("unreadable", "counts/unreadable", Form::Count),
        ]),
        reasons: view.items("causes").iter().filter_map(Value::as_str).map(reason).collect(),
        pictures: pictures(view),
    }
}

/// What findings are counted of.
fn of_what(view: ResultView<'_>) -> String {
    let count = |name: &str| grouped(view.count(&format!("sizes/{name}")));
    match view.count("sizes/tables") {
        0 => format!("Of {} events: ", count("sent")),
        1 => format!("Of {} rows of a table: ", count("rows")),
        tables => format!("Of {} rows of {tables} tables: ", count("rows")),
    }
}

/// A cause of a kind of findings: `kind: reason`.
fn reason(cause: &str) -> ReportReason {
    let (title, text) = cause.split_once(": ").unwrap_or(("", cause));
    ReportReason { title: title.to_owned(), text: text.to_owned(), ..ReportReason::default() }
}

fn pictures(view: ResultView<'_>) -> Vec<Picture> {
    let mut pictures: Vec<Picture> = view
        .picture(
            "What is wrong, over time",
            "By the time of the event; each strip has its own scale.",
            "over_time",
            |data| PictureShape::Strips { data, counts: "counts", before: None },
        )
        .into_iter()
        .collect();
    pictures.extend(view.picture("What is wrong, by event type", "", "by_type", |data| {
        let column = |label, field| TableColumn::new(label, field, Form::Count);
        PictureShape::Table {
            data,
            columns: vec![
                TableColumn::new("event type", "name", Form::Text),
                column("missing", "missing"),
                column("unexpected", "unexpected"),
                column("duplicated", "duplicated"),
                column("altered", "altered"),
                column("out of order", "out_of_order"),
                column("late", "late"),
            ],
        }
    }));
    pictures.extend(view.picture(
        "What became of events under the policy",
        "Those that do not count, and those that are not as they should be.",
        "account/lines",
        |data| PictureShape::Table {
            data,
            columns: vec![
                TableColumn::new("judgement", "judgement", Form::Word),
                TableColumn::new("reason", "reason", Form::Word),
                TableColumn::new("faults", "faults", Form::Text),
                TableColumn::new("events", "events", Form::Count),
            ],
        },
    ));
    for (number, table) in view.items("marked").iter().enumerate() {
        let title = format!("Table {}", text(table, "/table"));
        let about = "The first rows that differ, each wrong cell marked: what it is, and what it should be.";
        let path = format!("marked/{number}");
        pictures.extend(view.picture(&title, about, &path, |data| PictureShape::Marked { data }));
    }
    if let Some(kinds) = view.get("first").as_object() {
        for kind in kinds.keys() {
            let title = format!("First {}", kind.replace('_', " "));
            pictures.extend(view.picture(&title, "", &format!("first/{kind}"), |data| {
                let what = TableColumn::new("", "what", Form::Code);
                PictureShape::Table { data, columns: vec![what] }
            }));
        }
    }
    pictures
}
