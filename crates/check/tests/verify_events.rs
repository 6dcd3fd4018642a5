//! Mutations are planted in what was received: each is reported, and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use event_simulator::{Event, Scenario};
use event_simulator_check::comparison::{CompareOptions, Times};
use event_simulator_check::verify::{FindingKind, Findings, Report, verify_events};
use proptest::prelude::*;
use serde_json::json;

fn timeline() -> Vec<Event> {
    let mut scenario = Scenario::default();
    scenario.simulation.num_users = 40;
    scenario.simulation.duration_seconds = 3_600.0;
    scenario.compile().unwrap().simulate(11).collect()
}

struct Case {
    directory: tempfile::TempDir,
    sent: PathBuf,
}

impl Case {
    fn new(events: &[Event]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sent = directory.path().join("sent.jsonl");
        write(&sent, &lines(events));
        Self { directory, sent }
    }

    fn verify(&self, received: &[String]) -> Report {
        self.verify_with(received, &CompareOptions::default())
    }

    fn verify_with(&self, received: &[String], options: &CompareOptions) -> Report {
        let path = self.directory.path().join("received.jsonl");
        write(&path, received);
        verify_events(&self.sent, &[path], options, Findings::default()).unwrap()
    }
}

fn without_times() -> CompareOptions {
    CompareOptions { times: Times::Ignore, ..CompareOptions::default() }
}

fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| serde_json::to_string(event).unwrap()).collect()
}

fn write(path: &Path, lines: &[String]) {
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

fn counts(counts: &[(FindingKind, u64)]) -> BTreeMap<FindingKind, u64> {
    counts.iter().copied().collect()
}

/// Positions of two neighbouring events of one user, and of an event with a button.
fn neighbours(events: &[Event]) -> (usize, usize) {
    let user = &events[100].user_id;
    let second = (101..events.len()).find(|&i| events[i].user_id == *user).unwrap();
    (100, second)
}

/// Every kind of mutation, each with what must be found.
fn mutations(events: &[Event]) -> Vec<(&'static str, Vec<Event>, BTreeMap<FindingKind, u64>)> {
    let every_thousandth = |index: usize| index % 1_000 == 500;
    let indexed = || events.iter().cloned().enumerate();
    let thousandths = indexed().filter(|(index, _)| every_thousandth(*index)).count() as u64;
    assert!(thousandths > 3);
    let alter = |change: &dyn Fn(&mut Event)| -> Vec<Event> {
        let changed = indexed().map(|(index, mut event)| {
            if every_thousandth(index) {
                change(&mut event);
            }
            event
        });
        changed.collect()
    };
    let altered = counts(&[(FindingKind::Altered, thousandths)]);
    let mut swapped = events.to_vec();
    let (first, second) = neighbours(events);
    swapped.swap(first, second);
    let mut stray = events[0].clone();
    stray.event_id = String::from("other");
    stray.session_id = String::from("session_other");
    vec![
        ("nothing", events.to_vec(), counts(&[])),
        (
            "drop",
            indexed().filter(|(index, _)| !every_thousandth(*index)).map(|(_, e)| e).collect(),
            counts(&[(FindingKind::Missing, thousandths)]),
        ),
        (
            "duplicate",
            indexed().flat_map(|(i, e)| vec![e; 1 + usize::from(every_thousandth(i))]).collect(),
            counts(&[(FindingKind::Duplicated, thousandths)]),
        ),
        ("swap", swapped, counts(&[(FindingKind::OutOfOrder, 1)])),
        ("stray", [&[stray], events].concat(), counts(&[(FindingKind::Unexpected, 1)])),
        (
            "shift",
            alter(&|event| {
                event.event_time = event.event_time.checked_add_millis(3_600_000).unwrap();
            }),
            altered.clone(),
        ),
        (
            "round",
            alter(&|event| {
                let millis = event.event_time.as_millis();
                let cut = millis - millis % 1_000 - 1_000 * u64::from(millis % 1_000 == 0);
                event.event_time = event_simulator::VirtualTime::from_millis(cut).unwrap();
            }),
            altered.clone(),
        ),
        (
            "retype",
            alter(&|event| event.event_type = String::from("button_click")),
            altered.clone(),
        ),
        (
            "props",
            alter(&|event| {
                event.props.insert("extra".to_owned(), json!(true));
            }),
            altered,
        ),
    ]
}

#[test]
fn every_mutation_is_reported_and_nothing_else() {
    let events = timeline();
    let case = Case::new(&events);
    for (name, received, expected) in mutations(&events) {
        let report = case.verify(&lines(&received));
        assert_eq!(report.counts, expected, "{name}: {report}");
        assert_eq!(report.is_clean(), name == "nothing");
    }
}

/// The same with so little memory that everything goes through temporary files.
#[test]
fn memory_does_not_change_what_is_found() {
    let events = timeline();
    let case = Case::new(&events);
    let small = CompareOptions { memory_bytes: 200_000, ..CompareOptions::default() };
    for (name, received, expected) in mutations(&events) {
        let report = case.verify_with(&lines(&received), &small);
        assert_eq!(report.counts, expected, "{name}: {report}");
    }
}

/// A target that gives events ids and times of its own: what can be known is still found.
#[test]
fn where_ids_and_times_are_replaced_content_matches() {
    let events = timeline();
    let case = Case::new(&events);
    for (name, mut received, expected) in mutations(&events) {
        for (number, event) in (0_u64..).zip(&mut received) {
            event.event_id = format!("server-{number}");
            event.event_time =
                event_simulator::VirtualTime::from_millis(1_800_000_000_000 + number).unwrap();
        }
        let report = case.verify_with(&lines(&received), &without_times());
        let expected = if matches!(name, "shift" | "round") { BTreeMap::new() } else { expected };
        assert_eq!(report.counts, expected, "{name}: {report}");
        assert!(report.subject.to_string().contains("times are not compared"), "{report}");
    }
}

#[test]
fn an_id_that_survives_in_props_is_found() {
    let events = timeline();
    let case = Case::new(&events);
    for (name, mut received, expected) in mutations(&events) {
        for (number, event) in received.iter_mut().enumerate() {
            event.props.insert("event_id".to_owned(), json!(event.event_id));
            event.event_id = format!("server-{number}");
        }
        let report = case.verify(&lines(&received));
        assert!(report.subject.to_string().contains("matched by props.event_id"), "{report}");
        assert_eq!(report.counts, expected, "{name}: {report}");
    }
}

#[test]
fn json_types_count_and_causes_are_named() {
    let events = timeline();
    let case = Case::new(&events);
    let received: Vec<String> =
        lines(&events).iter().map(|line| line.replace("\"step\":2", "\"step\":2.0")).collect();
    let report = case.verify(&received);
    assert!(report.counts[&FindingKind::Altered] > 10, "{report}");
    assert!(report.causes[0].to_string().contains("another JSON type"), "{report}");
    let cut = case.verify(&lines(&events[..events.len() - 30]));
    assert!(cut.causes[0].to_string().contains("at the end, from"), "{cut}");
    let outage = [&events[..200], &events[300..]].concat();
    let report = case.verify(&lines(&outage));
    assert!(report.causes[0].to_string().contains("in one run, from"), "{report}");
    let shifted = mutations(&events).into_iter().find(|(name, ..)| *name == "shift").unwrap();
    let report = case.verify(&lines(&shifted.1));
    assert!(report.causes[0].to_string().contains("moved by +1 h"), "{report}");
}

#[test]
fn an_altered_user_is_found_across_parts() {
    let events = timeline();
    let case = Case::new(&events);
    let mut received = events.clone();
    received[50].user_id = "somebody".to_owned();
    let small = CompareOptions { memory_bytes: 200_000, ..CompareOptions::default() };
    for options in [CompareOptions::default(), small] {
        let report = case.verify_with(&lines(&received), &options);
        assert_eq!(report.counts, counts(&[(FindingKind::Altered, 1)]), "{report}");
    }
}

#[test]
fn another_timeline_is_told_as_such() {
    let events = timeline();
    let case = Case::new(&events);
    let other: Vec<Event> = Scenario::default().compile().unwrap().simulate(12).collect();
    let report = case.verify(&lines(&other));
    let expected = counts(&[
        (FindingKind::Missing, events.len() as u64),
        (FindingKind::Unexpected, other.len() as u64),
    ]);
    assert_eq!(report.counts, expected, "{report}");
    assert!(report.causes[0].to_string().contains("another seed or scenario"), "{report}");
    assert!(!report.subject.to_string().contains("replaced"), "{report}");
}

/// A log of an at-least-once queue, and one whose writer leaves ids empty.
#[test]
fn a_file_that_has_an_event_twice_differs_from_itself_in_nothing() {
    let mut events = timeline();
    events.insert(11, events[10].clone());
    events.insert(40, events[10].clone());
    let twice = Case::new(&events).verify(&lines(&events));
    assert!(twice.is_clean(), "{twice}");
    let more = Case::new(&events).verify(&[lines(&events), lines(&events[10..11])].concat());
    assert_eq!(more.counts[&FindingKind::Duplicated], 1, "{more}");
    for event in &mut events {
        event.event_id.clear();
    }
    let without_ids = Case::new(&events).verify(&lines(&events));
    assert!(without_ids.is_clean(), "{without_ids}");
}

#[test]
fn several_files_in_any_order_are_one() {
    let events = timeline();
    let case = Case::new(&events);
    let (left, right): (Vec<Event>, Vec<Event>) =
        events.iter().cloned().partition(|event| event.user_id.ends_with(['0', '1', '2', '3']));
    let paths = ["right.jsonl", "left.jsonl"].map(|name| case.directory.path().join(name));
    write(&paths[0], &lines(&right));
    write(&paths[1], &lines(&left));
    let report =
        verify_events(&case.sent, &paths, &CompareOptions::default(), Findings::default()).unwrap();
    assert!(report.is_clean(), "{report}");
}

#[test]
fn late_and_unreadable_lines_are_reported() {
    let events = timeline();
    let case = Case::new(&events);
    let mut received = lines(&events);
    let late = received.remove(0);
    received.push(late);
    received.insert(5, "{\"event_id\":".to_owned());
    let late = CompareOptions {
        late_after_millis: Some(60_000),
        check_order: false,
        ..CompareOptions::default()
    };
    let report = case.verify_with(&received, &late);
    assert_eq!(
        report.counts,
        counts(&[(FindingKind::Late, 1), (FindingKind::Unreadable, 1)]),
        "{report}"
    );
}

/// What a target does to every event, so that each way of matching is used.
#[derive(Clone, Copy, Debug)]
enum Target {
    Keeps,
    MovesIdToProps,
    ReplacesIds,
    ReplacesIdsAndTimes,
}

impl Target {
    fn writes(self, mut event: Event, number: usize) -> String {
        if matches!(self, Self::MovesIdToProps) {
            event.props.insert("event_id".to_owned(), json!(event.event_id));
        }
        if !matches!(self, Self::Keeps) {
            event.event_id = format!("server-{number}");
        }
        if matches!(self, Self::ReplacesIdsAndTimes) {
            let millis = 1_800_000_000_000 + number as u64;
            event.event_time = event_simulator::VirtualTime::from_millis(millis).unwrap();
        }
        serde_json::to_string(&event).unwrap().replace("\":", "\": ")
    }
}

#[derive(Clone, Copy, Debug)]
enum Mutation {
    Drop,
    Duplicate,
    SwapWithNext,
    Shift,
    Retype,
    Props,
}

/// The events with one mutation, and the kind of finding that it must give.
fn mutated(events: &[Event], at: usize, mutation: Mutation) -> (Vec<Event>, FindingKind) {
    let mut events = events.to_vec();
    let kind = match mutation {
        Mutation::Drop => {
            events.remove(at);
            FindingKind::Missing
        }
        Mutation::Duplicate => {
            events.insert(at, events[at].clone());
            FindingKind::Duplicated
        }
        Mutation::SwapWithNext => {
            let is_next = |&i: &usize| events[i].user_id == events[at].user_id;
            if let Some(next) = (at + 1..events.len()).find(is_next) {
                events.swap(at, next);
            }
            FindingKind::OutOfOrder
        }
        Mutation::Shift => {
            events[at].event_time = events[at].event_time.checked_add_millis(3_600_000).unwrap();
            FindingKind::Altered
        }
        Mutation::Retype => {
            events[at].event_type = String::from("page_view");
            FindingKind::Altered
        }
        Mutation::Props => {
            events[at].props.insert("step".to_owned(), json!("1"));
            FindingKind::Altered
        }
    };
    (events, kind)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_mutation_anywhere_is_found_in_every_way_of_matching(
        at: prop::sample::Index,
        target in prop::sample::select(vec![
            Target::Keeps, Target::MovesIdToProps, Target::ReplacesIds, Target::ReplacesIdsAndTimes,
        ]),
        mutation in prop::sample::select(vec![
            Mutation::Drop, Mutation::Duplicate, Mutation::SwapWithNext, Mutation::Shift,
            Mutation::Retype, Mutation::Props,
        ]),
    ) {
        let events: Vec<Event> = Scenario::default().compile().unwrap().simulate(3).take(400).collect();
        let (received, kind) = mutated(&events, at.index(events.len()), mutation);
        let lines: Vec<String> =
            received.iter().enumerate().map(|(i, event)| target.writes(event.clone(), i)).collect();
        let options = match target {
            Target::ReplacesIdsAndTimes => without_times(),
            _ => CompareOptions::default(),
        };
        let report = Case::new(&events).verify_with(&lines, &options);
        let content = |event: &Event| (event.event_type.clone(), event.page_path.clone(), event.button_id.clone());
        let is_invisible = received == events
            || matches!((target, mutation), (Target::ReplacesIdsAndTimes, Mutation::Shift))
            // Which of two events with the same content came first nobody can say.
            || matches!((target, mutation), (Target::ReplacesIdsAndTimes, Mutation::SwapWithNext))
                && received.iter().zip(&events).all(|(a, b)| content(a) == content(b));
        let expected = if is_invisible { BTreeMap::new() } else { counts(&[(kind, 1)]) };
        prop_assert_eq!(&report.counts, &expected, "{}", report);
    }
}
