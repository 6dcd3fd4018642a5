//! Tables as other programs write them, right and wrong.

use std::collections::BTreeMap;
use std::path::Path;

use event_simulator::Scenario;
use event_simulator::expectations::{Expectations, csv_files};
use event_simulator_check::verify::{FindingKind, Findings, Report, Tolerances, verify_tables};

struct Case {
    expected: tempfile::TempDir,
    actual: tempfile::TempDir,
}

/// Two equal directories of a simulation over a day's edge.
fn case() -> Case {
    let start_time = "2026-01-01T22:30:00Z".parse().unwrap();
    let mut scenario = Scenario { start_time, ..Scenario::default() };
    scenario.simulation.duration_seconds = 7_200.0;
    let mut expectations = Expectations::new();
    for event in scenario.compile().unwrap().simulate(5) {
        expectations.observe(&(&event).into()).unwrap();
    }
    let files = csv_files(&expectations.finish()).unwrap();
    let directory = || {
        let directory = tempfile::tempdir().unwrap();
        for (name, contents) in &files {
            std::fs::write(directory.path().join(name), contents).unwrap();
        }
        directory
    };
    Case { expected: directory(), actual: directory() }
}

impl Case {
    fn verify(&self, tolerances: &[&str]) -> Report {
        let tolerances = tolerances.iter().map(|text| text.parse::<Tolerances>().unwrap());
        let (expected, actual) = (self.expected.path(), self.actual.path());
        verify_tables(expected, actual, &tolerances.collect(), Findings::default()).unwrap()
    }

    /// Changes the actual table of that name, line by line; the header is line 0.
    fn edit(&self, table: &str, edit: impl Fn(usize, &str) -> Option<String>) -> &Self {
        let path = self.actual.path().join(format!("{table}.csv"));
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().enumerate().filter_map(|(number, line)| edit(number, line));
        let text: String = lines.map(|line| line + "\n").collect();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Changes one column of the actual table, from the header's name on.
    fn edit_column(&self, table: &str, column: &str, edit: impl Fn(&str) -> String) -> &Self {
        let header = std::fs::read_to_string(self.actual.path().join(format!("{table}.csv")));
        let header = header.unwrap().lines().next().unwrap().to_owned();
        let position = header.split(',').position(|name| name == column).unwrap();
        self.edit(table, |number, line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if number > 0 {
                cells[position] = edit(&cells[position]);
            }
            Some(cells.join(","))
        })
    }
}

fn only(kind: FindingKind, count: u64) -> BTreeMap<FindingKind, u64> {
    BTreeMap::from([(kind, count)])
}

#[test]
fn tables_in_any_form_are_the_same() {
    let case = case();
    assert!(case.verify(&[]).is_clean());
    // Postgres: timestamps for dates, `\N` for null, NUMERIC with zeros.
    case.edit_column("users_active", "date", |date| format!("{date} 00:00:00+00"));
    case.edit_column("page_engagement", "avg_time_seconds", |cell| format!("{cell}000"));
    case.edit_column("click_through_rates", "ctr", |cell| {
        if cell.is_empty() { "\\N".to_owned() } else { cell.to_owned() }
    });
    // pandas: integers that became floats; full precision.
    case.edit_column("event_counts", "hour", |cell| format!("{cell}.0"));
    case.edit_column("funnels", "sessions", |cell| format!("{cell}.0"));
    case.edit_column("session_metrics", "avg_clicks", |cell| format!("{cell}00000000001"));
    let report = case.verify(&[]);
    assert!(report.is_clean(), "{report}");
}

#[test]
fn rows_columns_and_parts_may_come_in_any_order() {
    let case = case();
    let path = case.actual.path().join("event_counts.csv");
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    std::fs::remove_file(&path).unwrap();
    let parts = case.actual.path().join("event_counts");
    std::fs::create_dir(&parts).unwrap();
    std::fs::write(parts.join("_SUCCESS"), "").unwrap();
    for (number, part) in rows.chunks(rows.len() / 2 + 1).enumerate() {
        let mut text = "EVENTS\tevent_type\textra\thour\tdate\n".to_owned();
        for row in part.iter().rev() {
            text += &[&row[3], &row[2], "x", &row[1], &row[0]].join("\t");
            text += "\n";
        }
        std::fs::write(parts.join(format!("part-{number}.csv")), text).unwrap();
    }
    let users = case.actual.path().join("users_active.csv");
    let text = std::fs::read_to_string(&users).unwrap();
    let rows: Vec<String> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!(
                "{{\"new_users\":{},\"users\":{},\"date\":\"{}\"}}",
                cells[2], cells[1], cells[0]
            )
        })
        .collect();
    std::fs::remove_file(&users).unwrap();
    let array = format!("[{}]", rows.join(",\n"));
    std::fs::write(case.actual.path().join("users_active.json"), array).unwrap();
    let report = case.verify(&[]);
    assert!(report.is_clean(), "{report}");
}

#[test]
fn a_row_of_json_may_leave_out_what_is_null() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [expected, actual] = &folders;
    let csv = "date,page_path,button_id,views,clicks,ctr\n\
               2026-01-01,/,buy,0,1,\n2026-01-01,/,share,2,1,50\n";
    std::fs::write(expected.path().join("click_through_rates.csv"), csv).unwrap();
    let jsonl = r#"{"date":"2026-01-01","page_path":"/","button_id":"buy","views":0,"clicks":1}
        {"date":"2026-01-01","page_path":"/","button_id":"share","views":2,"clicks":1,"ctr":50.0}"#;
    std::fs::write(actual.path().join("click_through_rates.jsonl"), jsonl).unwrap();
    let none = Tolerances::default();
    let report = verify_tables(expected.path(), actual.path(), &none, Findings::default());
    let report = report.unwrap();
    assert!(report.is_clean(), "{report}");
}

fn causes(report: &Report) -> String {
    let causes: Vec<String> = report.causes.iter().map(ToString::to_string).collect();
    causes.join("\n")
}

#[test]
fn a_mutation_is_reported_with_its_cause() {
    let double = |cell: &str| (2 * cell.parse::<u64>().unwrap()).to_string();
    let case1 = case();
    let report = case1.edit_column("event_counts", "events", double).verify(&[]);
    assert!(causes(&report).contains("twice as many: everything"), "{report}");

    let case2 = case();
    let divide = |cell: &str| match cell.parse::<f64>() {
        Ok(ctr) => (ctr / 100.0).to_string(),
        Err(_) => String::new(),
    };
    let report = case2.edit_column("click_through_rates", "ctr", divide).verify(&[]);
    assert!(causes(&report).contains("a fraction where a percentage is meant"), "{report}");

    let case3 = case();
    let round = |cell: &str| format!("{:.2}", cell.parse::<f64>().unwrap());
    let report = case3.edit_column("page_engagement", "avg_time_seconds", round).verify(&[]);
    assert_eq!(report.counts.keys().collect::<Vec<_>>(), [&FindingKind::Altered], "{report}");
    assert!(causes(&report).contains("--tolerance avg_time_seconds=0.005"), "{report}");
    assert!(case3.verify(&["avg_time_seconds=0.005"]).is_clean());
    assert!(case3.verify(&["1%"]).is_clean());
    assert!(!case3.verify(&["avg_clicks=1"]).is_clean());
}

#[test]
fn a_time_zone_is_recognised() {
    let case = case();
    case.edit("event_counts", |number, line| {
        if number == 0 {
            return Some(line.to_owned());
        }
        let cells: Vec<&str> = line.split(',').collect();
        let hour: u64 = cells[1].parse::<u64>().unwrap() + 1;
        let date = if hour == 24 { "2026-01-02" } else { cells[0] };
        Some(format!("{date},{},{},{}", hour % 24, cells[2], cells[3]))
    });
    let report = case.verify(&[]);
    assert!(causes(&report).contains("moved by +1 h"), "{report}");
}

#[test]
fn rows_and_columns_that_lack_or_repeat_are_reported() {
    let case1 = case();
    case1.edit("funnels", |number, line| (number != 2).then(|| line.to_owned()));
    assert_eq!(case1.verify(&[]).counts, only(FindingKind::Missing, 1));

    let case2 = case();
    case2.edit("funnels", |number, line| {
        Some(if number == 2 { format!("{line}\n{line}") } else { line.to_owned() })
    });
    assert_eq!(case2.verify(&[]).counts, only(FindingKind::Duplicated, 1));

    let case3 = case();
    case3.edit("users_active", |number, line| {
        Some(if number == 1 { format!("{line}\n2027-01-01,1,1") } else { line.to_owned() })
    });
    assert_eq!(case3.verify(&[]).counts, only(FindingKind::Unexpected, 1));

    let case4 = case();
    case4.edit("users_active", |number, line| {
        Some(if number == 0 { line.replace("new_users", "fresh") } else { line.to_owned() })
    });
    std::fs::remove_file(case4.actual.path().join("funnels.csv")).unwrap();
    let report = case4.verify(&[]);
    assert_eq!(report.counts, only(FindingKind::Missing, 2));
    let text = report.to_string();
    assert!(text.contains("users_active: column new_users is missing"), "{text}");
    assert!(text.contains("table funnels"), "{text}");
}

#[test]
fn an_empty_directory_has_nothing_to_expect() {
    let case = case();
    let empty = tempfile::tempdir().unwrap();
    let tolerances = Tolerances::default();
    let result = verify_tables(empty.path(), case.actual.path(), &tolerances, Findings::default());
    assert!(result.unwrap_err().to_string().contains("`expect -o DIR` writes them"));
    assert!(
        verify_tables(Path::new("nowhere"), case.actual.path(), &tolerances, Findings::default())
            .is_err()
    );
}

/// A stale file beside the one that the pipeline writes now, or a join with two columns of one name.
#[test]
fn a_table_or_column_that_stands_twice_is_refused() {
    let case = case();
    let verify = || {
        let tolerances = Tolerances::default();
        let (expected, actual) = (case.expected.path(), case.actual.path());
        verify_tables(expected, actual, &tolerances, Findings::default()).unwrap_err().to_string()
    };
    let table = case.actual.path().join("users_active.csv");
    let text = std::fs::read_to_string(&table).unwrap();
    std::fs::write(&table, text.replacen("users", "users,users", 1).replace(",1", ",1,1")).unwrap();
    assert!(verify().contains("the column users stands twice"), "{}", verify());
    std::fs::write(case.actual.path().join("users_active.json"), "[]").unwrap();
    assert!(verify().contains("are both the table users_active"), "{}", verify());
}

#[test]
fn tolerances_that_mean_nothing_are_refused() {
    for text in ["", "x", "-1", "avg_clicks=", "no_such_column=1", "NaN", "1%%"] {
        assert!(text.parse::<Tolerances>().is_err(), "{text}");
    }
}

/// One table on either side, in files of any names.
fn verify_one(expected: (&str, &str), actual: &[(&str, &str)]) -> Result<Report, String> {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    std::fs::write(folders[0].path().join(expected.0), expected.1).unwrap();
    for (name, text) in actual {
        std::fs::write(folders[1].path().join(name), text).unwrap();
    }
    let none = Tolerances::default();
    let report = verify_tables(folders[0].path(), folders[1].path(), &none, Findings::default());
    report.map_err(|error| error.to_string())
}

const USERS: (&str, &str) =
    ("users_active.csv", "date,users,new_users\n2026-01-01,9007199254740993,4\n2026-01-02,8,1\n");

#[test]
fn a_table_without_rows_need_not_name_its_columns() {
    let none = ("users_active.csv", "date,users,new_users\n");
    for empty in [("users_active.json", "[]"), ("users_active.jsonl", ""), none] {
        let report = verify_one(none, &[empty]).unwrap();
        assert!(report.is_clean(), "{report}");
        let report = verify_one(USERS, &[empty]).unwrap();
        assert_eq!(report.counts, only(FindingKind::Missing, 2), "{report}");
    }
    let report = verify_one(USERS, &[("users_active.csv", "day\n")]).unwrap();
    assert_eq!(report.counts, only(FindingKind::Missing, 3), "{report}");
}

#[test]
fn whole_numbers_are_compared_by_their_digits() {
    let with = |users: &str| USERS.1.replace("9007199254740993", users);
    for same in ["9007199254740993.0", "+9007199254740993"] {
        let report = verify_one(USERS, &[("users_active.csv", &with(same))]).unwrap();
        assert!(report.is_clean(), "{report}");
    }
    let rows = with("9007199254740992");
    let json = "[{\"date\":\"2026-01-01\",\"users\":9007199254740992,\"new_users\":4},\
                {\"date\":\"2026-01-02\",\"users\":8,\"new_users\":1}]";
    for actual in [("users_active.csv", rows.as_str()), ("users_active.json", json)] {
        let report = verify_one(USERS, &[actual]).unwrap();
        assert_eq!(report.counts, only(FindingKind::Altered, 1), "{report}");
    }
}

#[test]
fn torn_rows_are_told_and_the_rest_is_compared() {
    let csv = "date,users,new_users\n2026-01-01,9007199254740993,4\n2026-01-0";
    let json =
        "{\"date\":\"2026-01-01\",\"users\":9007199254740993,\"new_users\":4}\n{\"date\":\"20";
    let expected = BTreeMap::from([(FindingKind::Missing, 1), (FindingKind::Unreadable, 1)]);
    for actual in [("users_active.csv", csv), ("users_active.jsonl", json)] {
        let report = verify_one(USERS, &[actual]).unwrap();
        assert_eq!(report.counts, expected, "{report}");
    }
}

#[test]
fn a_form_that_is_not_read_is_refused_by_name() {
    for name in ["users_active.orc", "users_active.csv.bz2", "users_active.xlsx"] {
        let error = verify_one(USERS, &[(name, "PAR1")]).unwrap_err();
        assert!(error.contains(name) && error.contains("jsonl"), "{error}");
    }
    let both = [("users_active.csv", USERS.1), ("users_active.orc", "ORC")];
    assert!(verify_one(USERS, &both).unwrap_err().contains("are both the table users_active"));
    // What is no table of that name does not matter.
    let beside = [("users_active.csv", USERS.1), ("users_active.sql", "select 1")];
    assert!(verify_one(USERS, &beside).unwrap().is_clean());
    let twice = [("users_active.json", "[{\"date\":\"2026-01-01\",\"users\":1,\"Users\":2}]")];
    assert!(verify_one(USERS, &twice).unwrap_err().contains("the column users stands twice"));
}
