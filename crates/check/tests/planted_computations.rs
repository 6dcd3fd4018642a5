//! Tables that are computed otherwise.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;

use event_simulator::{Event, VirtualTime};

use super::planted_tables::{Files, NONE, Plant, Truth, files, tables};

pub(super) const COMPUTED: &[Plant] = &[
    Plant { name: "+1 h", expected: &["moved by +1 h"], damage: |truth| truth.in_zone(60) },
    Plant { name: "-8 h", expected: &["moved by -8 h"], damage: |truth| truth.in_zone(-480) },
    Plant { name: "+5:30", expected: &["moved by +5.5 h"], damage: |truth| truth.in_zone(330) },
    Plant { name: "+5:45", expected: &["moved by +5.75 h"], damage: |truth| truth.in_zone(345) },
    Plant {
        name: "without a type",
        expected: &["computed without the page_closed events"],
        damage: |truth| truth.of(|e| (e.event_type != "page_closed").then(|| e.clone())),
    },
    Plant {
        name: "without links",
        expected: &["computed without the link_click events"],
        damage: |truth| truth.of(|e| (e.event_type != "link_click").then(|| e.clone())),
    },
    Plant {
        name: "without a page",
        expected: &["computed without the events of the page /about"],
        damage: |truth| truth.of(|e| (e.page_path.as_deref() != Some("/about")).then(|| e.clone())),
    },
    Plant {
        name: "the first events",
        expected: &["computed from the first"],
        damage: |truth| files(&tables(&truth.events[..truth.events.len() * 3 / 4])),
    },
    Plant {
        name: "everything twice",
        expected: &["every event is counted twice"],
        damage: |truth| files(&tables(truth.events.iter().flat_map(|event| [event, event]))),
    },
    Plant {
        name: "split at midnight",
        expected: &["session_metrics: sessions are split at midnight"],
        damage: split_at_midnight,
    },
    Plant {
        name: "users in funnels",
        expected: &["users are counted where sessions are meant"],
        damage: users_in_funnels,
    },
    Plant {
        name: "link clicks without a button",
        expected: &["clicks of links are counted as clicks of a button that is not there"],
        damage: link_clicks,
    },
    Plant {
        name: "the mean over users",
        expected: &["the mean over users of each user's mean"],
        damage: mean_over_users,
    },
    Plant {
        name: "a tenth of the events lost",
        expected: NONE,
        damage: |truth| {
            let events = truth.events.iter().enumerate();
            let kept = events.filter(|(index, _)| index * index % 11 != 3);
            files(&tables(kept.map(|(_, event)| event)))
        },
    },
    Plant {
        name: "users who are tested",
        expected: NONE,
        damage: |truth| {
            let tested: HashSet<&str> =
                truth.events.iter().map(|e| e.user_id.as_str()).step_by(97).take(9).collect();
            truth.of(|e| (!tested.contains(e.user_id.as_str())).then(|| e.clone()))
        },
    },
    Plant {
        name: "times cut to the second",
        expected: &["times are cut to the second"],
        damage: |truth| {
            truth.of(|e| {
                let millis = e.event_time.as_millis() / 1_000 * 1_000;
                let event_time = VirtualTime::from_millis(millis).unwrap();
                Some(Event { event_time, ..e.clone() })
            })
        },
    },
    Plant {
        name: "visits that run to the next one, if there is one",
        expected: &["times of visits run to the next page_visited, if there is one"],
        damage: |truth| {
            let visits = truth.events.iter().filter(|e| e.event_type == "page_visited");
            let last: HashMap<&str, VirtualTime> =
                visits.map(|e| (e.session_id.as_str(), e.event_time)).collect();
            truth.of(|e| {
                let leaves = ["page_closed", "link_click"].contains(&e.event_type.as_str());
                let is_last =
                    last.get(e.session_id.as_str()).is_none_or(|last| e.event_time >= *last);
                (!leaves || is_last).then(|| e.clone())
            })
        },
    },
    Plant {
        name: "no rows",
        expected: &["no table has rows"],
        damage: |truth| {
            let header = |(name, text): (&String, &String)| {
                (name.clone(), text.lines().next().unwrap().to_owned() + "\n")
            };
            truth.files.iter().map(header).collect()
        },
    },
];

/// A session of events, as pipelines group them.
fn grouped<K: Ord>(truth: &Truth, key: impl Fn(&Event) -> K) -> BTreeMap<K, Vec<&Event>> {
    let mut groups: BTreeMap<K, Vec<&Event>> = BTreeMap::new();
    for event in &truth.events {
        groups.entry(key(event)).or_default().push(event);
    }
    groups
}

fn duration(session: &[&Event]) -> f64 {
    let (first, last) = (session[0], session[session.len() - 1]);
    last.event_time.millis_since(first.event_time) as f64 / 1_000.0
}

fn count(session: &[&Event], types: &[&str]) -> f64 {
    session.iter().filter(|event| types.contains(&event.event_type.as_str())).count() as f64
}

fn split_at_midnight(truth: &Truth) -> Files {
    let sessions = grouped(truth, |e| (e.event_time.date(), e.session_id.clone()));
    let mut days: BTreeMap<String, Vec<Vec<&Event>>> = BTreeMap::new();
    for ((date, _), session) in sessions {
        days.entry(date).or_default().push(session);
    }
    let mut text = truth.files["session_metrics.csv"].lines().next().unwrap().to_owned() + "\n";
    for (date, sessions) in days {
        let mean = |measure: &dyn Fn(&[&Event]) -> f64| {
            sessions.iter().map(|s| measure(s)).sum::<f64>() / sessions.len() as f64
        };
        let users: BTreeSet<&str> = sessions.iter().map(|s| s[0].user_id.as_str()).collect();
        writeln!(
            text,
            "{date},{},{:.6},{:.6},{:.6},{}",
            sessions.len(),
            mean(&duration),
            mean(&|s| count(s, &["page_visited"])),
            mean(&|s| count(s, &["button_clicked", "link_click"])),
            users.len()
        )
        .unwrap();
    }
    truth.with("session_metrics.csv", text)
}

fn users_in_funnels(truth: &Truth) -> Files {
    let mut steps: BTreeMap<(String, u64, String), BTreeSet<&str>> = BTreeMap::new();
    for event in truth.events.iter().filter(|event| event.event_type == "page_visited") {
        if let Some(journey) = event.props.get("journey") {
            let step = event.props["step"].as_u64().unwrap();
            let journey = journey.as_str().unwrap().to_owned();
            let key = (journey, step, event.page_path.clone().unwrap());
            steps.entry(key).or_default().insert(&event.user_id);
        }
    }
    let firsts: HashMap<String, usize> = steps
        .iter()
        .filter(|((_, step, _), _)| *step == 1)
        .map(|((journey, ..), users)| (journey.clone(), users.len()))
        .collect();
    let mut text = "journey,step,page_path,sessions,conversion\n".to_owned();
    for ((journey, step, page), users) in &steps {
        let conversion = 100.0 * users.len() as f64 / firsts[journey] as f64;
        writeln!(text, "{journey},{step},{page},{},{conversion:.6}", users.len()).unwrap();
    }
    truth.with("funnels.csv", text)
}

fn link_clicks(truth: &Truth) -> Files {
    let mut text = truth.files["click_through_rates.csv"].clone();
    let clicks: Vec<Event> =
        truth.events.iter().filter(|event| event.event_type == "link_click").cloned().collect();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for event in clicks {
        *counts.entry((event.event_time.date(), event.page_path.unwrap())).or_default() += 1;
    }
    for ((date, page), clicks) in counts {
        let views = truth.files["page_engagement.csv"]
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{date},{page},")))
            .map_or(0, |rest| rest.split(',').next().unwrap().parse::<u64>().unwrap());
        let ctr = 100.0 * clicks as f64 / views as f64;
        let ctr = if views == 0 { String::new() } else { format!("{ctr:.6}") };
        writeln!(text, "{date},{page},,{views},{clicks},{ctr}").unwrap();
    }
    truth.with("click_through_rates.csv", text)
}

fn mean_over_users(truth: &Truth) -> Files {
    let mut of_users: BTreeMap<(String, &str), Vec<f64>> = BTreeMap::new();
    for session in grouped(truth, |event| event.session_id.clone()).values() {
        let key = (session[0].event_time.date(), session[0].user_id.as_str());
        of_users.entry(key).or_default().push(duration(session));
    }
    let mut means: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for ((date, _), durations) in of_users {
        let mean = durations.iter().sum::<f64>() / durations.len() as f64;
        means.entry(date).or_default().push(mean);
    }
    truth.rows("session_metrics", |_, cells| {
        let of_users = &means[&cells[0]];
        cells[2] = format!("{:.6}", of_users.iter().sum::<f64>() / of_users.len() as f64);
        true
    })
}
