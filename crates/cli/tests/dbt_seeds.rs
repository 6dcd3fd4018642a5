//! A dbt project with a scenario in it. That dbt takes it, `.ci/dbt` holds.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use event_simulator::expectations::tables::{ColumnKind, SHAPES};
use serde_json::Value;

use super::program::{assert_snapshot, run, stderr};

fn project(models: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dbt_project.yml"), "name: shop\n").unwrap();
    for model in models {
        let path = folder.path().join("models").join(model);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "select 1").unwrap();
    }
    folder
}

fn seeds(folder: &Path, arguments: &[&str]) -> String {
    let bounds = ["--users", "5", "--duration", "1h", "--seed", "7"];
    let output = run(folder, &[&["dbt-seeds"], arguments, &bounds].concat());
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    said
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, &[&["dbt-seeds"], arguments].concat());
    assert_eq!(output.status.code(), Some(2));
    stderr(&output)
}

/// The files below a folder, by their paths from it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            let below = files(&entry);
            let name = PathBuf::from(entry.file_name().unwrap());
            found.extend(below.into_iter().map(|path| name.join(path)));
        } else {
            found.push(entry.file_name().unwrap().into());
        }
    }
    found.sort();
    found
}

#[test]
fn models_called_as_tables_and_those_that_are_named_get_a_test_each() {
    let folder = project(&["marts/users_active.sql", "hourly.sql", "stg_events.sql", "funnels.py"]);
    let folder = folder.path();
    let said = seeds(folder, &["web-shop", "--model", "event_counts=hourly"]);
    let mut shown = said;
    for path in files(folder) {
        writeln!(shown, "{}", path.display()).unwrap();
    }
    for file in [
        "tests/event_simulator/hourly_is_event_counts.sql",
        "tests/event_simulator/users_active_is_right.sql",
        "seeds/event_simulator/properties.yml",
    ] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        write!(shown, "\n== {file}\n{text}").unwrap();
    }
    assert_snapshot("dbt-seeds", &shown);
}

#[test]
fn seeds_are_what_generate_and_expect_write() {
    let folder = project(&["event_counts.sql"]);
    let folder = folder.path();
    let bounds = ["web-shop", "--users", "5", "--duration", "1h", "--seed", "7"];
    let expect = ["expect", "--scenario", "web-shop", "--users", "5", "--duration", "1h"];
    run(folder, &[&["generate"], &bounds[..], &["-o", "events.csv"]].concat());
    run(folder, &[&expect[..], &["--seed", "7", "-o", "expected"]].concat());
    seeds(folder, &["web-shop"]);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let seed = |name: &str| read(&format!("seeds/event_simulator/{name}.csv"));
    assert_eq!(seed("event_simulator_events"), read("events.csv"));
    assert_eq!(seed("expected_event_counts"), read("expected/event_counts.csv"));
}

#[test]
fn a_policy_takes_what_arrives_and_a_new_run_takes_the_place_of_the_old() {
    let folder = project(&["event_counts.sql", "users_active.sql"]);
    let folder = folder.path();
    let own = folder.join("tests/event_simulator/of_my_own.sql");
    seeds(folder, &["web-shop"]);
    fs::write(&own, "select 1 where false").unwrap();
    fs::remove_file(folder.join("models/users_active.sql")).unwrap();
    let faults = "faults:\n  malformed: { share: 0.3 }\n  duplicates: { share: 0.3, delay: { min: 1s, max: 1m } }\n";
    fs::write(folder.join("shop.yaml"), faults).unwrap();
    seeds(folder, &["shop.yaml", "--policy", "web"]);
    let kept: Vec<String> = files(folder).iter().map(|path| path.display().to_string()).collect();
    assert!(!kept.iter().any(|path| path.contains("users_active") || path.contains("_events.csv")));
    assert!(own.exists());
    let arrivals = folder.join("seeds/event_simulator/event_simulator_arrivals.csv");
    let arrivals = fs::read_to_string(arrivals).unwrap();
    let generated = ["generate", "shop.yaml", "--users", "5", "--duration", "1h", "--seed", "7"];
    let deliveries = run(folder, &[&generated[..], &["--format", "deliveries"]].concat()).stdout;
    let deliveries: Vec<Value> =
        deliveries.split(|byte| *byte == b'\n').flat_map(serde_json::from_slice).collect();
    assert!(deliveries.len() > 20 && arrivals.lines().count() > deliveries.len());
    for delivery in deliveries {
        assert!(arrivals.contains(delivery["delivery_id"].as_str().unwrap()));
    }
}

#[test]
fn what_cannot_be_is_said() {
    let folder = project(&["orders.sql"]);
    let folder = folder.path();
    let said = refusal(folder, &["quick-test", "--project", "elsewhere"]);
    assert!(said.contains("elsewhere is no dbt project"), "{said}");
    let said = refusal(folder, &["quick-test"]);
    assert!(
        said.contains("no model in ./models is called as a table is (page_engagement"),
        "{said}"
    );
    let said = refusal(folder, &["quick-test", "--model", "event_count=orders"]);
    assert!(said.contains("did you mean `event_counts`?"), "{said}");
    let said = refusal(folder, &["quick-test", "--model", "goals=orders"]);
    assert!(said.contains("--model goals=orders: this scenario has no such table"), "{said}");
    let said = refusal(folder, &["continuous", "--model", "event_counts=orders"]);
    assert!(said.contains("give --duration"), "{said}");
    assert!(!folder.join("seeds").exists());
}

#[test]
fn columns_hold_what_their_kinds_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for scenario in ["web-shop", "checkout-experiment"] {
        let arguments = ["expect", "--scenario", scenario, "--duration", "6h", "--rows"];
        let output = run(folder.path(), &[&arguments[..], &["--retention"]].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        for shape in &SHAPES {
            for row in document["tables"][shape.name].as_array().into_iter().flatten() {
                for (column, value) in row.as_object().unwrap() {
                    let is_time = value.as_str().is_some_and(|text| text.ends_with('Z'));
                    let fits = match ColumnKind::of(column) {
                        ColumnKind::Text => value.is_string() && !is_time,
                        ColumnKind::Date => value.as_str().is_some_and(|text| text.len() == 10),
                        ColumnKind::Time => is_time,
                        ColumnKind::Count => value.is_u64(),
                        ColumnKind::Number => value.is_number(),
                        ColumnKind::Flag => value.is_boolean(),
                    };
                    assert!(fits || value.is_null(), "{}.{column}: {value}", shape.name);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 1000);
}
