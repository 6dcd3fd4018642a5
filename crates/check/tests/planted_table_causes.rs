//! Damage is planted into computed tables: its cause is named, or none is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;

use event_simulator::expectations::{Expectations, Notes, Tables, csv_files, json};
use event_simulator::{Event, VirtualTime};
use event_simulator_check::verify::{Findings, Report, Tolerances, verify_tables};
use event_simulator_timeline::open_digested;

use super::planted::{
    Outcome, Planted, Verdict, judge, timeline_over_a_change_of_clocks, timelines_over_midnight,
};

/// The tables of a directory as a pipeline wrote them: names and texts.
type Files = BTreeMap<String, String>;

struct Truth {
    events: Vec<Event>,
    files: Files,
}

struct Plant {
    name: &'static str,
    expected: &'static [&'static str],
    damage: fn(&Truth) -> Files,
}

fn tables<'e>(events: impl IntoIterator<Item = &'e Event>) -> Tables {
    let mut expectations = Expectations::new();
    for event in events {
        expectations.observe(&event.into()).unwrap();
    }
    expectations.finish()
}

fn files(tables: &Tables) -> Files {
    let files = csv_files(tables).unwrap().into_iter();
    files.map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
}

impl Truth {
    /// The tables with a change of the cells of a column.
    fn column(&self, table: &str, column: &str, change: impl Fn(&str) -> String) -> Files {
        self.rows(table, |header, cells| {
            let position = header.iter().position(|name| name == column).unwrap();
            cells[position] = change(&cells[position]);
            true
        })
    }

    /// The tables with a change of a table's rows, which are left out where it says false.
    fn rows(&self, table: &str, change: impl Fn(&[String], &mut Vec<String>) -> bool) -> Files {
        let mut files = self.files.clone();
        edit(files.get_mut(&format!("{table}.csv")).unwrap(), change);
        files
    }

    /// The tables with another date in each row.
    fn dates(&self, change: impl Fn(&str) -> String) -> Files {
        let mut files = self.files.clone();
        for text in files.values_mut().filter(|text| text.starts_with("date,")) {
            edit(text, |_, cells| {
                cells[0] = change(&cells[0]);
                true
            });
        }
        files
    }

    /// The tables of other events.
    fn of(&self, change: impl Fn(&Event) -> Option<Event>) -> Files {
        let events: Vec<Event> = self.events.iter().filter_map(change).collect();
        files(&tables(&events))
    }

    /// The tables of the events of a zone.
    fn in_zone(&self, minutes: i64) -> Files {
        self.by_local_time(|_| minutes)
    }

    /// The tables by local times, so many minutes ahead at each time.
    fn by_local_time(&self, minutes: impl Fn(VirtualTime) -> i64) -> Files {
        self.of(|event| {
            let millis = event.event_time.as_millis().cast_signed();
            let shown = millis + minutes(event.event_time) * 60_000;
            let event_time = VirtualTime::from_millis(shown.cast_unsigned()).unwrap();
            Some(Event { event_time, ..event.clone() })
        })
    }

    fn with(&self, name: &str, text: String) -> Files {
        let mut files = self.files.clone();
        files.insert(name.to_owned(), text);
        files
    }
}

fn edit(text: &mut String, change: impl Fn(&[String], &mut Vec<String>) -> bool) {
    let split = |line: &str| -> Vec<String> { line.split(',').map(str::to_owned).collect() };
    let mut lines = text.lines();
    let header = split(lines.next().unwrap());
    let mut edited = vec![header.join(",")];
    for line in lines {
        let mut cells = split(line);
        if change(&header, &mut cells) {
            edited.push(cells.join(","));
        }
    }
    *text = edited.join("\n") + "\n";
}

fn times(factor: f64) -> impl Fn(&str) -> String {
    move |cell| cell.parse::<f64>().map_or(String::new(), |number| (number * factor).to_string())
}

fn next_day(date: &str) -> String {
    let day: VirtualTime = format!("{date}T00:00:00Z").parse().unwrap();
    day.checked_add_millis(86_400_000).unwrap().date()
}

const NONE: &[&str] = &[];

const COLUMNS: &[Plant] = &[
    Plant {
        name: "a percentage as a fraction",
        expected: &["click_through_rates.ctr: 100 times less"],
        damage: |truth| truth.column("click_through_rates", "ctr", times(0.01)),
    },
    Plant {
        name: "milliseconds for seconds",
        expected: &["1000 times more"],
        damage: |truth| truth.column("session_metrics", "avg_duration_seconds", times(1_000.0)),
    },
    Plant {
        name: "all counts doubled",
        expected: &["event_counts.events: twice as many"],
        damage: |truth| truth.column("event_counts", "events", times(2.0)),
    },
    Plant {
        name: "one more",
        expected: &["+1 to what it should be"],
        damage: |truth| {
            truth.column("page_engagement", "total_visits", |cell| {
                (cell.parse::<u64>().unwrap() + 1).to_string()
            })
        },
    },
    Plant {
        name: "a constant",
        expected: &["page_engagement.unique_users: always 7"],
        damage: |truth| truth.column("page_engagement", "unique_users", |_| "7".to_owned()),
    },
    Plant {
        name: "zeros for all",
        expected: &["page_engagement.avg_time_seconds: always 0"],
        damage: |truth| truth.column("page_engagement", "avg_time_seconds", |_| "0".to_owned()),
    },
    Plant {
        name: "decimal commas",
        expected: &["numbers are written for people, with a decimal comma"],
        damage: |truth| {
            truth.column("page_engagement", "avg_time_seconds", |cell| {
                format!("\"{}\"", cell.replace('.', ","))
            })
        },
    },
    Plant {
        name: "percent signs",
        expected: &["numbers are written for people, with a percent sign"],
        damage: |truth| truth.column("click_through_rates", "ctr", |cell| format!("{cell}%")),
    },
    Plant {
        name: "nulls",
        expected: &["funnels.conversion: no value (null)"],
        damage: |truth| truth.column("funnels", "conversion", |_| "NULL".to_owned()),
    },
    Plant {
        name: "rounded",
        expected: &["rounded to 1 decimals"],
        damage: |truth| {
            truth.column("page_engagement", "avg_time_seconds", |cell| {
                format!("{:.1}", cell.parse::<f64>().unwrap())
            })
        },
    },
    Plant {
        name: "cut off",
        expected: &["cut off to whole numbers"],
        damage: |truth| {
            truth.column("page_engagement", "avg_time_seconds", |cell| {
                cell.split('.').next().unwrap().to_owned()
            })
        },
    },
    Plant {
        name: "single precision",
        expected: &["page_engagement.total_time_seconds: in single precision"],
        damage: |truth| {
            truth.column("page_engagement", "total_time_seconds", |cell| {
                f64::from(cell.parse::<f32>().unwrap()).to_string()
            })
        },
    },
    Plant {
        name: "columns swapped",
        expected: &["the columns total_visits and total_time_seconds are swapped"],
        damage: |truth| {
            truth.rows("page_engagement", |_, cells| {
                cells.swap(2, 3);
                true
            })
        },
    },
    Plant {
        name: "sessions for users",
        expected: &["page_engagement.unique_users: the values of unique_sessions"],
        damage: |truth| {
            truth.rows("page_engagement", |_, cells| {
                cells[5] = cells[6].clone();
                true
            })
        },
    },
    Plant {
        name: "not divided",
        expected: &["not divided by total_visits: a sum", "the values of total_time_seconds"],
        damage: |truth| {
            truth.rows("page_engagement", |_, cells| {
                cells[4] = cells[3].clone();
                true
            })
        },
    },
    Plant {
        name: "divided by users",
        expected: &[
            "total_time_seconds / unique_users",
            "divided by unique_users instead of total",
        ],
        damage: |truth| {
            truth.rows("page_engagement", |_, cells| {
                let [time, users] = [3, 5].map(|at| cells[at].parse::<f64>().unwrap());
                cells[4] = format!("{:.6}", time / users);
                true
            })
        },
    },
    Plant {
        name: "one page doubled",
        expected: &["page_engagement.total_visits in all", "of page_path /"],
        damage: |truth| {
            truth.rows("page_engagement", |_, cells| {
                if cells[1] == "/about" || cells[1] == "/products" {
                    cells[2] = (2 * cells[2].parse::<u64>().unwrap()).to_string();
                }
                true
            })
        },
    },
    Plant {
        name: "one cell",
        expected: NONE,
        damage: |truth| {
            let damaged = &truth.files["event_counts.csv"];
            let line = damaged.lines().nth(5).unwrap();
            truth.with("event_counts.csv", damaged.replace(line, &format!("{line}1")))
        },
    },
    Plant {
        name: "noise",
        expected: NONE,
        damage: |truth| {
            truth.column("page_engagement", "total_visits", |cell| {
                let number: u64 = cell.parse().unwrap();
                (number + number * number % 7).to_string()
            })
        },
    },
];

const KEYS: &[Plant] = &[
    Plant {
        name: "dates a day late",
        expected: &["all dates are a day late"],
        damage: |truth| truth.dates(next_day),
    },
    Plant {
        name: "dates of another year",
        expected: &["all dates are moved by +365 days"],
        damage: |truth| truth.dates(|date| date.replacen("2026", "2027", 1)),
    },
    Plant {
        name: "hours from 1",
        expected: &["hours are numbered from 1 to 24"],
        damage: |truth| {
            truth.column("event_counts", "hour", |cell| {
                (cell.parse::<u32>().unwrap() + 1).to_string()
            })
        },
    },
    Plant {
        name: "steps from 0",
        expected: &["steps are numbered from 0"],
        damage: |truth| {
            truth.column("funnels", "step", |cell| (cell.parse::<u32>().unwrap() - 1).to_string())
        },
    },
    Plant {
        name: "types in upper case",
        expected: &["event_type is in upper case"],
        damage: |truth| truth.column("event_counts", "event_type", str::to_uppercase),
    },
    Plant {
        name: "pages with a slash behind",
        expected: &["page_path has \"/\" behind it"],
        damage: |truth| truth.column("page_engagement", "page_path", |cell| format!("{cell}/")),
    },
    Plant {
        name: "a page lost",
        expected: &["page_engagement: all", "of page_path /"],
        damage: |truth| truth.rows("page_engagement", |_, cells| !cells[1].contains("/a")),
    },
    Plant {
        name: "a type lost",
        expected: &["event_type link_click", "without the link_click"],
        damage: |truth| truth.rows("event_counts", |_, cells| cells[2] != "link_click"),
    },
    Plant {
        name: "small rows lost",
        expected: &["with clicks of at most"],
        damage: |truth| {
            truth.rows("click_through_rates", |_, cells| cells[4].parse::<u64>().unwrap() > 20)
        },
    },
    Plant {
        name: "every row twice",
        expected: &["every row stands 2 times"],
        damage: |truth| {
            let text = &truth.files["users_active.csv"];
            let (_, rows) = text.split_once('\n').unwrap();
            truth.with("users_active.csv", format!("{text}{rows}"))
        },
    },
    Plant {
        name: "a total over all",
        expected: &["rows without page_path"],
        damage: |truth| {
            let text = &truth.files["page_engagement.csv"];
            truth.with("page_engagement.csv", format!("{text}2026-01-01,,100,1000.0,10.0,40,70\n"))
        },
    },
];

const COMPUTED: &[Plant] = &[
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

fn verify(expected: &Path, actual: &Files) -> Report {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in actual {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let none = Tolerances::default();
    verify_tables(expected, directory.path(), &none, Findings::default()).unwrap()
}

/// A directory as `expect` writes it, beside the timeline.
fn write_expected(directory: &Path, events: &[Event], tables: &Tables) {
    let lines = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n");
    let timeline = directory.join("timeline.jsonl");
    std::fs::write(&timeline, lines.collect::<String>()).unwrap();
    let (mut input, digest) = open_digested(&timeline).unwrap();
    std::io::copy(&mut input, &mut std::io::sink()).unwrap();
    let document = json(tables, &Notes::default(), Some(&digest.finish()), Some("timeline.jsonl"));
    std::fs::write(directory.join("expectations.json"), document.unwrap()).unwrap();
    for (name, text) in files(tables) {
        std::fs::write(directory.join(name), text).unwrap();
    }
}

/// Local time in the night of the change of clocks is named.
#[test]
fn local_time_over_a_change_of_clocks_is_named() {
    let events = timeline_over_a_change_of_clocks();
    let expected = tempfile::tempdir().unwrap();
    let tables = tables(&events);
    write_expected(expected.path(), &events, &tables);
    let truth = Truth { events, files: files(&tables) };
    let change: VirtualTime = "2026-03-29T01:00:00Z".parse().unwrap();
    let actual = truth.by_local_time(|time| if time < change { 60 } else { 120 });
    let name = "tables by the time of Berlin".to_owned();
    let expected_cause = &["local time, such as in Europe/Berlin"];
    let outcome =
        judge(&Planted { name, expected: expected_cause }, &verify(expected.path(), &actual));
    assert_eq!(outcome.verdict, Verdict::Right, "{}", outcome.text);
}

pub(super) fn outcomes() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (scenario, events) in timelines_over_midnight() {
        let tables = tables(&events);
        let expected = tempfile::tempdir().unwrap();
        write_expected(expected.path(), &events, &tables);
        let truth = Truth { events, files: files(&tables) };
        for plant in COLUMNS.iter().chain(KEYS).chain(COMPUTED) {
            let report = verify(expected.path(), &(plant.damage)(&truth));
            // Not every scenario has links, or journeys.
            if report.is_clean() {
                continue;
            }
            let name = format!("{scenario}: tables, {}", plant.name);
            outcomes.push(judge(&Planted { name, expected: plant.expected }, &report));
        }
    }
    outcomes
}
