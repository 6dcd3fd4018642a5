//! The true tables of `expect`.

use event_simulator::quantity::grouped;

use crate::page::{Chapter, PageVerdict};
use crate::picture::{Form, Picture, PictureShape};
use crate::view::ResultView;

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let tables = view.get("tables").as_object();
    let events = grouped(view.count("timeline/events"));
    let line = format!("What a pipeline must report for {events} events");
    let names = tables.into_iter().flatten().map(|(name, _)| name);
    let pictures = names.filter_map(|name| {
        let title = format!("Table {name}");
        view.picture(&title, "", &format!("tables/{name}"), |data| PictureShape::Table {
            data,
            columns: Vec::new(),
        })
    });
    let bars = |title: &str, path: &str, label, value| -> Option<Picture> {
        view.picture(title, "", path, |data| PictureShape::Bars {
            data,
            label,
            value,
            form: Form::Count,
        })
    };
    Chapter {
        command: "expect",
        name: view.text("timeline/file").to_owned(),
        verdict: PageVerdict { is_ok: true, line },
        facts: view.facts(&[
            ("events", "timeline/events", Form::Count),
            ("sessions without an end", "timeline/sessions_without_end", Form::Count),
        ]),
        reasons: Vec::new(),
        pictures: bars("Visits of pages", "tables/page_engagement", "page_path", "total_visits")
            .into_iter()
            .chain(pictures)
            .collect(),
    }
}
