//! The forecast of traffic as text.

use std::fmt::Write as _;

use event_simulator::forecast::{TrafficDay, TrafficForecast};
use event_simulator::quantity::grouped;

/// Most lines of days or hours.
const MOST_LINES: usize = 31;
/// Characters of the longest bar: a line with all columns fits 60.
const LONGEST_BAR: f64 = 16.0;

/// What is shown in a line: a time, new users and users if they come and go, and sessions.
struct TrafficLine {
    time: String,
    users: Option<[f64; 2]>,
    sessions: f64,
}

/// Days as lines with bars, so many together that they fit; or the hours of a run that has no more of them.
pub(crate) fn traffic(forecast: &TrafficForecast) -> String {
    let mut text = String::new();
    let (lines, what) = lines(forecast);
    let most = lines.iter().map(|line| line.sessions).fold(0.0, f64::max);
    if !lines.is_empty() {
        let _ = write!(text, "\n\n{what}:");
    }
    for TrafficLine { time, users, sessions } in &lines {
        let bar =
            "#".repeat((sessions / most.max(f64::MIN_POSITIVE) * LONGEST_BAR).round() as usize);
        let _ = write!(text, "\n  {time}");
        if let Some([new_users, users]) = users {
            let _ = write!(text, " {:>9} {:>9}", whole(*new_users), whole(*users));
        }
        let _ = write!(text, " {:>9}  {bar}", whole(*sessions));
        text.truncate(text.trim_end().len());
    }
    if !forecast.retention.is_empty() {
        text.push_str("\n\nUsers who stay:");
    }
    for stay in &forecast.retention {
        let _ = write!(text, "\n  after {:>2} days  {:6.2} %", stay.day, 100.0 * stay.share);
    }
    text
}

fn whole(count: f64) -> String {
    grouped(count.round() as u64)
}

fn lines(forecast: &TrafficForecast) -> (Vec<TrafficLine>, &'static str) {
    if forecast.hours.len() <= MOST_LINES {
        let hours = forecast.hours.iter().map(|hour| TrafficLine {
            time: hour.hour.to_string().chars().take(16).collect(),
            users: None,
            sessions: hour.sessions,
        });
        return (hours.collect(), "Sessions that start in an hour (UTC)");
    }
    let together = forecast.days.len().div_ceil(MOST_LINES).max(1);
    let line = |days: &[TrafficDay]| {
        let sum = |of: fn(&TrafficDay) -> f64| days.iter().map(of).sum();
        TrafficLine {
            time: days.first().map(|day| day.date.clone()).unwrap_or_default(),
            users: days.last().map(|day| [sum(|day| day.new_users), day.users]),
            sessions: sum(|day| day.sessions),
        }
    };
    let what = match together {
        1 => "New users, users and sessions of a day (UTC)",
        _ => "New users, users and sessions, from the day on to that of the next line (UTC)",
    };
    (forecast.days.chunks(together).map(line).collect(), what)
}
