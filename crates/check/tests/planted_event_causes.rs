//! Damage is planted into what was received of several timelines: its cause is named, or none is.

use std::collections::HashSet;
use std::path::Path;

use event_simulator_check::comparison::CompareOptions;
use event_simulator_check::verify::{Findings, Report, verify_events};

use super::planted::{Outcome, Planted, judge, timelines};
use super::planted_changes::{ALTERED, DOUBLED, READ};
use super::planted_events::{Lines, Sent};
use super::planted_losses::LOST;

fn verify(directory: &Path, received: &Lines) -> Report {
    let path = directory.join("received.jsonl");
    std::fs::write(&path, received.join("\n") + "\n").unwrap();
    let sent = directory.join("sent.jsonl");
    verify_events(&sent, &[path], &CompareOptions::default(), Findings::default()).unwrap()
}

pub(super) fn outcomes() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (scenario, events) in timelines() {
        let lines: Lines =
            events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("sent.jsonl"), lines.join("\n") + "\n").unwrap();
        let sent = Sent { events, lines };
        for plant in LOST.iter().chain(DOUBLED).chain(ALTERED).chain(READ) {
            let received = (plant.damage)(&sent);
            let report = verify(directory.path(), &received);
            // Not every scenario has links, or props.
            if report.is_clean() {
                continue;
            }
            let name = plant.name.to_owned();
            outcomes.push(judge(&Planted { scenario, name, expected: plant.expected }, &report));
        }
    }
    outcomes
}

#[test]
fn plants_have_names_of_their_own() {
    let all = || LOST.iter().chain(DOUBLED).chain(ALTERED).chain(READ);
    let names: HashSet<&str> = all().map(|plant| plant.name).collect();
    assert_eq!(names.len(), all().count());
}
