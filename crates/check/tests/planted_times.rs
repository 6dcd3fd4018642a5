//! Tables whose times have a limit, or are those of some events only.

use std::collections::{BTreeMap, HashMap};

use event_simulator::Event;

use super::planted_tables::{Files, Plant, Truth};

pub(super) const TIMES: &[Plant] = &[
    Plant {
        name: "visits of a minute at most",
        expected: &["times of visits are capped at 1 min"],
        damage: |truth| visit_times(truth, |visit| Some(visit.seconds.min(60.0))),
    },
    Plant {
        name: "no time of visits of more than a minute",
        expected: &["visits of more than 1 min have no time"],
        damage: |truth| {
            visit_times(truth, |visit| Some(visit.seconds).filter(|time| *time <= 60.0))
        },
    },
    Plant {
        name: "sessions of two minutes at most",
        expected: &["durations of sessions are capped at 2 min"],
        damage: |truth| session_durations(truth, |time| Some(time.min(120.0))),
    },
    Plant {
        name: "no duration of sessions of more than five minutes",
        expected: &["sessions of more than 5 min have no duration"],
        damage: |truth| session_durations(truth, |time| Some(time).filter(|time| *time <= 300.0)),
    },
    Plant {
        name: "without what has a journey",
        expected: &["computed without the events that have the property journey"],
        damage: |truth| truth.of(|e| (!e.props.contains_key("journey")).then(|| e.clone())),
    },
    Plant {
        name: "no time of visits that nothing ends",
        expected: &["ended by nothing but their session's end have no time"],
        damage: |truth| visit_times(truth, |visit| Some(visit.seconds).filter(|_| !visit.is_open)),
    },
    Plant {
        name: "visits that nothing ends take none",
        expected: &["ended by nothing but their session's end take no time (0)"],
        damage: |truth| {
            visit_times(truth, |visit| Some(if visit.is_open { 0.0 } else { visit.seconds }))
        },
    },
];

struct Visit {
    date: String,
    page: String,
    seconds: f64,
    is_open: bool,
}

fn seconds(from: &Event, to: &Event) -> f64 {
    to.event_time.millis_since(from.event_time) as f64 / 1_000.0
}

fn sessions(truth: &Truth) -> impl Iterator<Item = Vec<&Event>> {
    let mut sessions: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &truth.events {
        sessions.entry(&event.session_id).or_default().push(event);
    }
    sessions.into_values()
}

/// The visits of a session, as `docs/expectations.md` says how long they take.
fn visits<'e>(session: &'e [&Event]) -> impl Iterator<Item = Visit> + 'e {
    let visited = |event: &Event| event.event_type == "page_visited";
    let starts = (0..session.len()).filter(move |at| visited(session[*at]));
    starts.map(move |at| {
        let page = &session[at].page_path;
        let later = &session[at + 1..];
        let on_page = later.iter().filter(|event| event.page_path == *page);
        let mut until_again = on_page.take_while(|event| !visited(event));
        let left = until_again.find(|event| match event.event_type.as_str() {
            "page_closed" => true,
            "link_click" => event.props.get("target").is_none_or(|target| target != "_blank"),
            _ => false,
        });
        let end = left.or_else(|| later.iter().find(|event| visited(event)));
        let last = session[session.len() - 1];
        Visit {
            date: session[at].event_time.date(),
            page: page.clone().unwrap(),
            seconds: seconds(session[at], end.unwrap_or(&last)),
            is_open: end.is_none(),
        }
    })
}

fn visit_times(truth: &Truth, time: impl Fn(&Visit) -> Option<f64>) -> Files {
    let mut sums: HashMap<(String, String), (f64, f64)> = HashMap::new();
    for session in sessions(truth) {
        for visit in visits(&session) {
            if let Some(time) = time(&visit) {
                let sums = sums.entry((visit.date, visit.page)).or_default();
                *sums = (sums.0 + time, sums.1 + 1.0);
            }
        }
    }
    truth.rows("page_engagement", |_, cells| {
        let sums = sums.get(&(cells[0].clone(), cells[1].clone()));
        cells[3] = format!("{:.6}", sums.map_or(0.0, |(sum, _)| *sum));
        cells[4] = sums.map_or(String::new(), |(sum, count)| format!("{:.6}", sum / count));
        true
    })
}

fn session_durations(truth: &Truth, time: impl Fn(f64) -> Option<f64>) -> Files {
    let mut days: HashMap<String, Vec<f64>> = HashMap::new();
    for session in sessions(truth) {
        let duration = time(seconds(session[0], session[session.len() - 1]));
        days.entry(session[0].event_time.date()).or_default().extend(duration);
    }
    truth.rows("session_metrics", |_, cells| {
        let durations = &days[&cells[0]];
        cells[2] = format!("{:.6}", durations.iter().sum::<f64>() / durations.len() as f64);
        true
    })
}
