//! `session_metrics` by other means: over users, medians, and on other days.

use std::collections::{BTreeMap, HashMap};

use event_simulator::VirtualTime;
use event_simulator::event::event_type;

use super::grid::{Grid, GridPair};
use super::prediction::Prediction;
use super::source_timeline::SourceTimeline;

/// Limits that pipelines set to times, in minutes, the most usual first.
pub(super) const LIMITS: [u32; 13] = [30, 60, 10, 5, 15, 20, 1, 2, 3, 45, 90, 120, 240];

/// One session.
struct SessionFacts<'e> {
    user: &'e str,
    first: VirtualTime,
    last: VirtualTime,
    page_views: u32,
    clicks: u32,
}

/// The column of the mean duration.
const DURATION: usize = 1;

/// The columns of means, in the order of the table.
const MEANS: std::ops::RangeInclusive<usize> = 1..=3;

impl SessionFacts<'_> {
    fn measure(&self, column: usize) -> f64 {
        match column {
            DURATION => self.last.millis_since(self.first) as f64 / 1_000.0,
            2 => f64::from(self.page_views),
            _ => f64::from(self.clicks),
        }
    }
}

pub(super) fn of_sessions(timeline: &SourceTimeline, pairs: &[GridPair<'_>]) -> Vec<Prediction> {
    let table = pairs.iter().position(|pair| pair.shape.name == "session_metrics");
    let Some(table) = table else { return Vec::new() };
    let sessions = sessions(timeline);
    let expected = &pairs[table].expected;
    let predict = |reason: &str, grid: Grid| {
        let grids = BTreeMap::from([(table, grid)]);
        Prediction { reason: reason.to_owned(), grids, is_of_all: false }
    };
    let by_start = by_date(&sessions, |session| session.first);
    let by_end = by_date(&sessions, |session| session.last);
    let mut all = vec![
        predict(
            "the mean over users of each user's mean, not over all sessions",
            with_means(expected, &by_start, mean_over_users),
        ),
        predict("the median instead of the mean", with_means(expected, &by_start, median)),
        predict(
            "the mean without the sessions that have none",
            with_means(expected, &by_start, mean_without_zeros),
        ),
        predict("sessions count on the day of their last event", metrics(&by_end)),
    ];
    for minutes in LIMITS {
        let most = f64::from(minutes * 60);
        if sessions.iter().any(|session| session.measure(DURATION) > most) {
            let capped = with_durations(expected, &by_start, |time| Some(time.min(most)));
            let reason = format!("durations of sessions are capped at {minutes} min");
            all.push(predict(&reason, capped));
            let within = |time: f64| Some(time).filter(|time| *time <= most);
            let left_out = with_durations(expected, &by_start, within);
            let reason = format!("sessions of more than {minutes} min have no duration");
            all.push(predict(&reason, left_out));
        }
    }
    all
}

fn sessions(timeline: &SourceTimeline) -> Vec<SessionFacts<'_>> {
    let mut sessions: Vec<SessionFacts<'_>> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for event in &timeline.events {
        let number = *numbers.entry(&event.session_id).or_insert_with(|| {
            let (first, last) = (event.event_time, event.event_time);
            let user = &*event.user_id;
            sessions.push(SessionFacts { user, first, last, page_views: 0, clicks: 0 });
            sessions.len() - 1
        });
        let session = &mut sessions[number];
        session.last = event.event_time;
        match &*event.event_type {
            event_type::PAGE_VISITED => session.page_views += 1,
            event_type::BUTTON_CLICKED | event_type::LINK_CLICK => session.clicks += 1,
            _ => {}
        }
    }
    sessions
}

type ByDate<'s> = BTreeMap<String, Vec<&'s SessionFacts<'s>>>;

fn by_date<'s>(
    sessions: &'s [SessionFacts<'s>],
    time: impl Fn(&SessionFacts<'_>) -> VirtualTime,
) -> ByDate<'s> {
    let mut days = ByDate::new();
    for session in sessions {
        days.entry(time(session).date()).or_default().push(session);
    }
    days
}

/// The expected rows with other means.
fn with_means(
    expected: &Grid,
    days: &ByDate<'_>,
    mean: fn(&[&SessionFacts<'_>], usize) -> f64,
) -> Grid {
    let mut grid = expected.clone();
    for (keys, measures) in &mut grid {
        if let Some(sessions) = days.get(&keys[0]) {
            MEANS.for_each(|column| measures[column] = Some(mean(sessions, column)));
        }
    }
    grid
}

/// The expected rows with other durations, of which some sessions have none.
fn with_durations(
    expected: &Grid,
    days: &ByDate<'_>,
    duration: impl Fn(f64) -> Option<f64>,
) -> Grid {
    let mut grid = expected.clone();
    for (keys, measures) in &mut grid {
        let sessions = days.get(&keys[0]).map(Vec::as_slice).unwrap_or_default();
        let durations = sessions.iter().filter_map(|session| duration(session.measure(DURATION)));
        let (sum, count) =
            durations.fold((0.0, 0.0), |(sum, count), time| (sum + time, count + 1.0));
        measures[DURATION] = (count > 0.0).then(|| sum / count);
    }
    grid
}

/// The whole table, of sessions by date.
fn metrics(days: &ByDate<'_>) -> Grid {
    let row = |(date, sessions): (&String, &Vec<&SessionFacts<'_>>)| {
        let users: std::collections::HashSet<&str> = sessions.iter().map(|s| s.user).collect();
        let count = sessions.len() as f64;
        let mean = |column| sessions.iter().map(|s| s.measure(column)).sum::<f64>() / count;
        let mut measures = vec![Some(count)];
        measures.extend(MEANS.map(|column| Some(mean(column))));
        measures.push(Some(users.len() as f64));
        (vec![date.clone()], measures)
    };
    days.iter().map(row).collect()
}

fn mean_over_users(sessions: &[&SessionFacts<'_>], column: usize) -> f64 {
    let mut of_users: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for session in sessions {
        let sums = of_users.entry(session.user).or_default();
        *sums = (sums.0 + session.measure(column), sums.1 + 1.0);
    }
    of_users.values().map(|(sum, count)| sum / count).sum::<f64>() / of_users.len() as f64
}

fn median(sessions: &[&SessionFacts<'_>], column: usize) -> f64 {
    let mut measures: Vec<f64> = sessions.iter().map(|session| session.measure(column)).collect();
    measures.sort_by(f64::total_cmp);
    let (low, high) = ((measures.len() - 1) / 2, measures.len() / 2);
    f64::midpoint(measures[low], measures[high])
}

fn mean_without_zeros(sessions: &[&SessionFacts<'_>], column: usize) -> f64 {
    let measures: Vec<f64> =
        sessions.iter().map(|s| s.measure(column)).filter(|measure| *measure > 0.0).collect();
    measures.iter().sum::<f64>() / measures.len().max(1) as f64
}
