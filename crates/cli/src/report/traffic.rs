//! The forecast of traffic as text.

use std::fmt::Write as _;

use event_simulator::forecast::{PeriodSpread, TrafficDay, TrafficForecast};
use event_simulator::quantity::grouped;

/// Most lines of days or hours.
const MOST_LINES: usize = 31;
/// Characters of the longest bar: a line with all columns fits 60 while counts have five digits.
const LONGEST_BAR: f64 = 12.0;

/// What is shown in a line: a time, new users and users if they come and go, and sessions.
struct TrafficLine {
    time: String,
    users: Option<[f64; 2]>,
    sessions: f64,
    /// The sessions of 95 of 100 runs, if that is known.
    of_runs: Option<String>,
}

/// What a single run may have in each day and each hour.
type Spreads<'s> = (&'s [PeriodSpread], &'s [PeriodSpread]);

/// Days as lines with bars, so many together that they fit; or the hours of a run that has no more of them.
pub(crate) fn traffic(forecast: &TrafficForecast, spreads: Option<Spreads<'_>>) -> String {
    let mut text = String::new();
    let (lines, what) = lines(forecast, spreads.unwrap_or_default());
    let most = lines.iter().map(|line| line.sessions).fold(0.0, f64::max);
    let widest = |of: &dyn Fn(&TrafficLine) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let users_width =
        widest(&|line| line.users.map_or(0, |users| whole(users[1].max(users[0])).len()));
    let width = widest(&|line| whole(line.sessions).len());
    let of_runs = |line: &TrafficLine| line.of_runs.as_ref().map_or(0, String::len);
    let runs_width = widest(&of_runs);
    if !lines.is_empty() {
        let runs = if runs_width > 0 { ", and those of 95 of 100 runs" } else { "" };
        let _ = write!(text, "\n\n{what}{runs}:");
    }
    for TrafficLine { time, users, sessions, of_runs } in &lines {
        let bar =
            "#".repeat((sessions / most.max(f64::MIN_POSITIVE) * LONGEST_BAR).round() as usize);
        let _ = write!(text, "\n  {time}");
        if let Some([new_users, users]) = users {
            let (new_users, users) = (whole(*new_users), whole(*users));
            let _ = write!(text, "  {new_users:>users_width$}  {users:>users_width$}");
        }
        let _ = write!(text, "  {:>width$}", whole(*sessions));
        if runs_width > 0 {
            let _ = write!(text, "  {:>runs_width$}", of_runs.as_deref().unwrap_or_default());
        }
        let _ = write!(text, "  {bar}");
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

fn lines(
    forecast: &TrafficForecast,
    (of_days, of_hours): Spreads<'_>,
) -> (Vec<TrafficLine>, &'static str) {
    let of_runs = |spreads: &[PeriodSpread], place: usize| {
        let interval = spreads.get(place)?.sessions;
        let [low, high] = [interval.low.floor(), interval.high.ceil()].map(whole);
        Some(format!("{low} to {high}"))
    };
    if forecast.hours.len() <= MOST_LINES {
        let hours = forecast.hours.iter().enumerate().map(|(place, hour)| TrafficLine {
            time: hour.hour.to_string().chars().take(16).collect(),
            users: None,
            sessions: hour.sessions,
            of_runs: of_runs(of_hours, place),
        });
        return (hours.collect(), "Sessions that start in an hour (UTC)");
    }
    let together = forecast.days.len().div_ceil(MOST_LINES).max(1);
    let line = |(place, days): (usize, &[TrafficDay])| {
        let sum = |of: fn(&TrafficDay) -> f64| days.iter().map(of).sum();
        TrafficLine {
            time: days.first().map(|day| day.date.clone()).unwrap_or_default(),
            users: days.last().map(|day| [sum(|day| day.new_users), day.users]),
            sessions: sum(|day| day.sessions),
            // Days of which several stand in a line vary together.
            of_runs: if together == 1 { of_runs(of_days, place) } else { None },
        }
    };
    let what = match together {
        1 => "New users, users and sessions of a day (UTC)",
        _ => "New users, users and sessions, from the day on to that of the next line (UTC)",
    };
    (forecast.days.chunks(together).enumerate().map(line).collect(), what)
}
