//! The check of the `traffic` section: what concerns several keys.

use jiff::tz::TimeZoneDatabase;

use super::specs::{Campaign, TrafficSpec, retention_day};
use crate::scenario::distributions::FirstStarts;
use crate::scenario::path::join;
use crate::scenario::problem::Problem;
use crate::scenario::section::Visit;
use crate::scenario::shares;
use crate::scenario::spelling::nearest;

/// What the greatest weight is at least.
const LEAST_WEIGHT: f64 = 1e-6;

/// Refuses traffic that cannot be.
pub(in crate::scenario) fn check(
    traffic: &TrafficSpec,
    first_starts: FirstStarts,
    visit: &mut Visit,
) {
    for (path, weights) in
        [("traffic.hours", &traffic.hours), ("traffic.weekdays", &traffic.weekdays)]
    {
        let is_nothing = weights.iter().all(|weight| *weight < LEAST_WEIGHT);
        if visit.is_sound(path) && !weights.is_empty() && is_nothing {
            let help = "give one of them a weight such as 1";
            visit.report(Problem::error(path, "all weights are 0, or nearly so").help(help));
        }
    }
    campaigns(&traffic.campaigns, visit);
    time_zones(traffic, visit);
    retention(traffic, visit);
    if first_starts == FirstStarts::Stationary {
        let reason =
            "with `distributions.first_starts: stationary` all users have been there for ever";
        for (path, is_given) in [
            ("traffic.new_users_per_day", traffic.new_users_per_day.is_some()),
            ("traffic.retention", !traffic.retention.is_empty()),
        ] {
            if is_given && visit.is_sound(path) {
                let help = "leave out the one or the other";
                visit.report(Problem::error(path, reason).help(help));
            }
        }
    }
}

/// Refuses campaigns that end before they begin, overlap, or have the same name.
fn campaigns(campaigns: &[Campaign], visit: &mut Visit) {
    const PATH: &str = "traffic.campaigns";
    if !visit.is_sound(PATH) {
        return;
    }
    for (index, campaign) in campaigns.iter().enumerate() {
        let Campaign { name, from, to, .. } = campaign;
        let path = format!("{PATH}[{index}]");
        let time = campaign.time();
        if time.from_ms >= time.to_ms {
            let message = format!("the campaign {name:?} is over at {to}, and begins at {from}");
            let help = "it lasts from `from` until just before `to`";
            visit.report(Problem::error(join(&path, "to"), message).help(help));
        }
        for before in &campaigns[..index] {
            if before.name == *name {
                let message = format!("there are two campaigns {name:?}");
                let help = "give each a name of its own";
                visit.report(Problem::error(join(&path, "name"), message).help(help));
            }
            let other = before.time();
            let (first_ms, last_ms) =
                (time.from_ms.max(other.from_ms), time.to_ms.min(other.to_ms));
            if first_ms < last_ms {
                let message = format!(
                    "the campaign {name:?} begins at {from}, and {:?} lasts from {} to {}",
                    before.name, before.from, before.to
                );
                let help = "give the time in which both go on an entry and a factor of its own";
                visit.report(Problem::error(join(&path, "from"), message).help(help));
            }
        }
    }
}

fn time_zones(traffic: &TrafficSpec, visit: &mut Visit) {
    const PATH: &str = "traffic.time_zone";
    if traffic.time_zone.is_empty() || !visit.is_sound(PATH) {
        return;
    }
    let what = "shares of the time zones";
    if let Some(problem) = shares::named_problem(PATH, what, &traffic.time_zone.0) {
        visit.report(problem);
    }
    let database = TimeZoneDatabase::bundled();
    for (name, _) in traffic.time_zone.iter() {
        if database.get(name).is_ok() {
            continue;
        }
        let known: Vec<String> = database.available().map(|known| known.to_string()).collect();
        let path = if traffic.time_zone.0.len() == 1 { PATH.to_owned() } else { join(PATH, name) };
        let problem = Problem::error(path, format!("there is no time zone {name:?}"));
        visit.report(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("name it as the IANA does, such as Europe/Berlin"),
        });
    }
}

/// Refuses shares of users that do not fall from day to day.
fn retention(traffic: &TrafficSpec, visit: &mut Visit) {
    const PATH: &str = "traffic.retention";
    if !visit.is_sound(PATH) {
        return;
    }
    for (name, share) in traffic.retention.iter() {
        if *share <= 0.0 {
            let message = format!("after day {} nobody would be left", day_of(name));
            let help = "a share above 0; what comes after the last day follows from those before";
            visit.report(Problem::error(join(PATH, name), message).help(help));
        }
    }
    let points = traffic.retention_points();
    for pair in points.windows(2) {
        let [(earlier, before), (day, share)] = [pair[0], pair[1]];
        if share > before {
            let message = format!(
                "the share {share} of day {day} is above {before} of day {earlier}: who has left does not come back"
            );
            let help = format!("at most {before}");
            visit.report(Problem::error(join(PATH, &format!("day_{day}")), message).help(help));
        }
    }
}

fn day_of(name: &str) -> u32 {
    retention_day(name).unwrap_or_default()
}
