//! Distinct counts as a sketch has them.

use std::fmt::Write;
use std::fs;

use event_simulator_check::verify::{Findings, Tolerances, verify_tables};

/// The users of each day, and its events.
fn tables(users: impl Fn(u32) -> u32, events: impl Fn(u32) -> u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut active, mut counts) =
        ("date,users,new_users\n".to_owned(), "date,hour,event_type,events\n".to_owned());
    for day in 1..=28 {
        writeln!(active, "2026-02-{day:02},{},0", users(day)).unwrap();
        writeln!(counts, "2026-02-{day:02},0,page_visited,{}", events(day)).unwrap();
    }
    fs::write(folder.path().join("users_active.csv"), active).unwrap();
    fs::write(folder.path().join("event_counts.csv"), counts).unwrap();
    folder
}

fn causes(users: impl Fn(u32) -> u32, events: impl Fn(u32) -> u32) -> String {
    let expected = tables(|day| 10_000 + 17 * day, |day| 90_000 + 31 * day);
    let actual = tables(users, events);
    let findings = Findings::default();
    let report =
        verify_tables(expected.path(), actual.path(), &Tolerances::default(), findings).unwrap();
    report.causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn distinct_counts_of_a_sketch_are_told_and_no_others() {
    // Off by up to 2 %, to both sides.
    let sketched = |day: u32| 9_800 + 17 * day + day * 181 % 397;
    let exact = |day: u32| 90_000 + 31 * day;
    let told = causes(sketched, exact);
    assert!(told.contains("users_active.users") && told.contains("a sketch"), "{told}");
    assert!(told.contains("(explains 28 of 28)"), "{told}");
    for told in [
        causes(sketched, |day| exact(day) - day % 3),
        causes(|day| 10_000 + 17 * day + day * 181 % 397, exact),
        causes(|day| if day == 7 { 9_800 } else { 10_000 + 17 * day }, exact),
    ] {
        assert!(!told.contains("a sketch"), "{told}");
    }
}
