//! Two timelines and how they differ.

use std::path::PathBuf;

use event_simulator::{Event, Scenario};
use event_simulator_check::diff::{Counts, Diff, DiffOptions, diff};

use super::program::{self, stdout};

fn timeline(users: u32) -> Vec<Event> {
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = users;
    scenario.compile().unwrap().simulate(3).collect()
}

fn compare(left: &[Event], right: &[Event]) -> Diff {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, events: &[Event]| -> PathBuf {
        let path = directory.path().join(name);
        let line = |event| serde_json::to_string(event).unwrap() + "\n";
        std::fs::write(&path, events.iter().map(line).collect::<String>()).unwrap();
        path
    };
    let (left, right) = (write("left.jsonl", left), write("right.jsonl", right));
    diff(&left, &right, DiffOptions::default()).unwrap()
}

#[test]
fn the_same_is_the_same() {
    let events = timeline(5);
    let found = compare(&events, &events);
    assert!(found.is_same());
    assert_eq!(found.to_string(), format!("OK: the same lines\n{} lines", events.len()));
}

#[test]
fn more_users_add_events_and_change_no_other() {
    let (few, many) = (timeline(5), timeline(6));
    let found = compare(&few, &many);
    let added = (many.len() - few.len()) as u64;
    assert_eq!(found.total, Counts { added, ..Counts::default() });
    assert_eq!(found.users.count, 1);
}

#[test]
fn what_is_changed_moved_and_removed_is_told_apart() {
    let events = timeline(5);
    let mut other = events.clone();
    let visited = |event: &Event| event.event_type == "page_visited";
    let changed = other.iter().position(visited).unwrap();
    other[changed].props.insert("step".to_owned(), serde_json::json!(99));
    let clicked = |event: &Event| event.event_type == "button_clicked";
    let moved = other.iter().position(clicked).unwrap();
    other[moved].event_time = other[moved].event_time.checked_add_millis(1).unwrap();
    other[moved].event_id = "00000000-0000-7000-8000-000000000000".to_owned();
    let removed = other.pop().unwrap();
    let found = compare(&events, &other);
    let expected = Counts { added: 0, removed: 1, changed: 1, moved: 1 };
    assert_eq!(found.total, expected, "{found}");
    assert_eq!(found.by_type[&removed.event_type].removed, 1);
    assert_eq!(found.first.as_ref().unwrap().line, changed.min(moved) as u64 + 1);
    assert!(found.to_string().contains("props.step"), "{found}");
}

#[test]
fn all_at_another_time_is_all_moved() {
    let mut scenario = Scenario::default();
    let events: Vec<Event> = scenario.clone().compile().unwrap().simulate(3).collect();
    scenario.start_time = "2026-02-01T00:00:00Z".parse().unwrap();
    let later: Vec<Event> = scenario.compile().unwrap().simulate(3).collect();
    let found = compare(&events, &later);
    let expected = Counts { moved: events.len() as u64, ..Counts::default() };
    assert_eq!(found.total, expected, "{found}");
}

#[test]
fn a_swap_is_one_move_and_another_line_order_of_users_none() {
    let events = timeline(5);
    let neighbours = |same_user: bool| {
        let wanted = |i: &usize| (events[*i].user_id == events[*i + 1].user_id) == same_user;
        (100..events.len() - 1).find(wanted).unwrap()
    };
    for (same_user, moved) in [(true, 1), (false, 0)] {
        let mut other = events.clone();
        let first = neighbours(same_user);
        other.swap(first, first + 1);
        let found = compare(&events, &other);
        assert_eq!(found.total, Counts { moved, ..Counts::default() }, "{found}");
        assert!(!found.is_same());
    }
}

/// Two files as `generate` writes them, and `diff` as a user runs it.
#[test]
fn the_screen_tells_what_differs_and_the_exit_code_that_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        |arguments: &str| program::run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert!(run("generate quick-test --users 3 -o golden.jsonl").status.success());
    assert!(run("generate quick-test --users 4 -o now.jsonl.gz").status.success());
    let output = run("diff golden.jsonl now.jsonl.gz");
    assert_eq!(output.status.code(), Some(1));
    program::assert_snapshot("diff-screen", &stdout(&output));

    let output = run("diff golden.jsonl now.jsonl.gz --json");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["total"]["removed"], 0);
    assert_eq!(json["users"]["count"], 1);

    let golden = std::fs::read_to_string(folder.path().join("golden.jsonl")).unwrap();
    std::fs::write(folder.path().join("same.jsonl"), golden).unwrap();
    let output = run("diff golden.jsonl same.jsonl");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("OK: the same lines"));
    assert_eq!(run("diff golden.jsonl nothing.jsonl").status.code(), Some(1));
}
