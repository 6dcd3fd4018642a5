//! The statistics of a timeline.

use event_simulator::quantity::grouped;

use crate::page::{Chapter, PageVerdict, ReportReason};
use crate::picture::{Form, Picture, PictureShape, TableColumn};
use crate::view::ResultView;

/// A mix whose p-value is below this is not the scenario's.
const SIGNIFICANCE: f64 = 0.001;

pub(super) fn chapter(view: ResultView<'_>) -> Chapter {
    let events = grouped(view.count("events"));
    let sessions = view.count("completed_sessions") + view.count("active_sessions");
    let errors = view.count("errors");
    let p_value = view.get("mix/p_value").as_f64();
    let is_other_mix = p_value.is_some_and(|p| p < SIGNIFICANCE);
    let mut line = format!("{events} events in {} sessions", grouped(sessions));
    let mut reasons = Vec::new();
    if errors > 0 {
        line = format!("{line}, and {} lines that are no events", grouped(errors));
    }
    if let Some(p) = p_value {
        line += if is_other_mix {
            "; the mix is not the scenario's"
        } else {
            "; the mix is the scenario's"
        };
        let (units, unit) = (grouped(view.count("mix/units")), view.text("mix/unit"));
        let told = if p < SIGNIFICANCE { "below 0.001".to_owned() } else { format!("{p:.3}") };
        let text = format!("p-value {told}, over {units} {unit}s");
        reasons.push(ReportReason {
            title: "Test of the mix".to_owned(),
            text,
            ..ReportReason::default()
        });
    }
    Chapter {
        command: "stats",
        name: view.result.name.clone(),
        verdict: PageVerdict {
            is_ok: errors == 0 && !is_other_mix && view.count("events") > 0,
            line,
        },
        facts: view.facts(&[
            ("events", "events", Form::Count),
            ("completed sessions", "completed_sessions", Form::Count),
            ("active sessions", "active_sessions", Form::Count),
            ("lines that are no events", "errors", Form::Count),
            ("of virtual time", "elapsed_seconds", Form::Seconds),
            ("p-value of the mix", "mix/p_value", Form::Number),
        ]),
        reasons,
        pictures: pictures(view),
    }
}

fn pictures(view: ResultView<'_>) -> Vec<Picture> {
    let own_scale = "Each strip has its own scale.";
    let pictures =
        [
            view.picture("Events over time, by type", own_scale, "over_time", |data| {
                PictureShape::Strips { data, counts: "counts", before: None }
            }),
            view.picture("Events by type", "", "types", |data| PictureShape::Bars {
                data,
                label: "",
                value: "",
                form: Form::Count,
            }),
            view.picture(
                "Hours and weekdays",
                "The larger the dot, the more events in that hour.",
                "weekday_hours",
                |data| PictureShape::Heat { data },
            ),
            view.picture(
                "Time on a page",
                "Until the next page, or the end of the session.",
                "dwell_seconds",
                |data| PictureShape::Histogram { data, form: Form::Seconds, what: "views" },
            ),
            view.picture(
                "Length of sessions",
                "From the first event to the last.",
                "session_seconds",
                |data| PictureShape::Histogram { data, form: Form::Seconds, what: "sessions" },
            ),
            view.picture("Events of a session", "", "session_events", |data| {
                PictureShape::Histogram { data, form: Form::Count, what: "sessions" }
            }),
            view.picture(
                "Where sessions go",
                "From left to right: the first pages of each session, and how many go on to which.",
                "page_steps",
                |data| PictureShape::Flow { data, value: "count", form: Form::Count },
            ),
            view.picture("Sessions of a few users", "A line a session.", "lanes", |data| {
                PictureShape::Lanes { data }
            }),
            view.picture("Mix: expected and found", "", "mix/shares", |data| PictureShape::Table {
                data,
                columns: vec![
                    TableColumn::new("event type", "event_type", Form::Text),
                    TableColumn::new("expected", "expected", Form::Share),
                    TableColumn::new("found", "found", Form::Share),
                ],
            }),
        ];
    pictures.into_iter().flatten().collect()
}
