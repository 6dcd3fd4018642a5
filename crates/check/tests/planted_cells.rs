//! Tables whose cells or keys are wrong.

use super::planted_tables::{NONE, Plant, next_day, times};

pub(super) const COLUMNS: &[Plant] = &[
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

pub(super) const KEYS: &[Plant] = &[
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
