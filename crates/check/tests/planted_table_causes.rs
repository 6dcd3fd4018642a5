//! Damage is planted into computed tables: its cause is named, or none is.

use std::path::Path;

use event_simulator::expectations::{Notes, Tables, json};
use event_simulator::{Event, VirtualTime};
use event_simulator_check::verify::{Findings, Report, Tolerances, verify_tables};
use event_simulator_timeline::open_digested;

use super::planted::{
    Outcome, Planted, Verdict, judge, timeline_over_a_change_of_clocks, timelines_over_midnight,
};
use super::planted_cells::{COLUMNS, KEYS};
use super::planted_computations::COMPUTED;
use super::planted_tables::{Files, Truth, files, tables};
use super::planted_times::TIMES;

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
    let planted = Planted { scenario: "normal-traffic", name, expected: expected_cause };
    let outcome = judge(&planted, &verify(expected.path(), &actual));
    assert_eq!(outcome.verdict, Verdict::Right, "{}", outcome.text);
}

pub(super) fn outcomes() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (scenario, events) in timelines_over_midnight() {
        let tables = tables(&events);
        let expected = tempfile::tempdir().unwrap();
        write_expected(expected.path(), &events, &tables);
        let truth = Truth { events, files: files(&tables) };
        for plant in COLUMNS.iter().chain(KEYS).chain(COMPUTED).chain(TIMES) {
            let report = verify(expected.path(), &(plant.damage)(&truth));
            // Not every scenario has links, or journeys.
            if report.is_clean() {
                continue;
            }
            let name = format!("tables, {}", plant.name);
            outcomes.push(judge(&Planted { scenario, name, expected: plant.expected }, &report));
        }
    }
    outcomes
}
