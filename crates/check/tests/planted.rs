//! The timelines into which damage is planted, and the judgement of what is said of it.

use std::collections::HashSet;

use event_simulator::{Event, Scenario};
use event_simulator_check::verify::{Cause, Report};

/// A planted damage, and what must be said of it.
pub(super) struct Planted {
    pub(super) scenario: &'static str,
    pub(super) name: String,
    /// Texts of the cause, of which one at least is in every cause that is named; none if none may be named.
    pub(super) expected: &'static [&'static str],
}

/// Whether what was said is right.
pub(super) struct Outcome {
    /// The name of what was planted.
    pub(super) name: String,
    pub(super) verdict: Verdict,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// No cause is named where one should be.
    None,
}

pub(super) fn judge(planted: &Planted, report: &Report) -> Outcome {
    let named: Vec<&Cause> = report.causes.iter().filter(|cause| cause.is_named()).collect();
    let is_right = |cause: &&Cause| {
        let text = cause.to_string();
        planted.expected.iter().any(|expected| text.contains(expected))
    };
    let verdict = if !named.iter().all(is_right) {
        Verdict::Wrong
    } else if named.is_empty() && !planted.expected.is_empty() {
        Verdict::None
    } else {
        Verdict::Right
    };
    let causes: Vec<String> = report.causes.iter().map(|cause| format!("\n    {cause}")).collect();
    let Planted { scenario, name, .. } = planted;
    let text = format!("{verdict:?}: {scenario}: {name}{}", causes.concat());
    Outcome { name: name.clone(), verdict, text }
}

/// Timelines of shipped scenarios, of twenty minutes.
pub(super) fn timelines() -> Vec<(&'static str, Vec<Event>)> {
    let names = ["normal-traffic", "custom-events", "high-interaction"];
    names.map(|name| (name, timeline(name, 100, 1_200.0, "2026-01-01T00:00:00Z"))).into()
}

/// Timelines of shipped scenarios, over the edge of a day.
pub(super) fn timelines_over_midnight() -> Vec<(&'static str, Vec<Event>)> {
    let names = ["normal-traffic", "browsing"];
    names.map(|name| (name, timeline(name, 40, 7_200.0, "2026-01-01T22:40:00Z"))).into()
}

/// A timeline of the night in which clocks are put forward in Berlin, at 01:00 UTC.
pub(super) fn timeline_over_a_change_of_clocks() -> Vec<Event> {
    timeline("normal-traffic", 40, 7_200.0, "2026-03-28T23:10:00Z")
}

fn timeline(name: &str, users: u32, seconds: f64, start: &str) -> Vec<Event> {
    let shipped = event_simulator::scenario::shipped::find(name).unwrap();
    let mut scenario = Scenario::from_yaml(shipped.yaml).unwrap();
    scenario.start_time = start.parse().unwrap();
    scenario.simulation.num_users = users;
    scenario.simulation.duration_seconds = seconds;
    scenario.compile().unwrap().simulate(4).collect()
}

/// Every cause that is named is so, and each is named in a timeline at least, nearly all in all of them.
#[test]
fn causes_are_right_or_none() {
    let tables = std::thread::spawn(super::planted_table_causes::outcomes);
    let mut outcomes = super::planted_event_causes::outcomes();
    outcomes.extend(tables.join().unwrap());
    assert!(outcomes.len() >= 150, "{} are planted", outcomes.len());
    let count =
        |verdict: Verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
    let texts: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.verdict != Verdict::Right)
        .map(|outcome| outcome.text.as_str())
        .collect();
    let (right, all) = (count(Verdict::Right), outcomes.len());
    println!("{right} of {all} right");
    assert!(
        count(Verdict::Wrong) == 0 && right * 10 >= all * 9,
        "{right} of {all} are right; not so\n{}",
        texts.join("\n")
    );
    let is_right = |outcome: &&Outcome| outcome.verdict == Verdict::Right;
    let named: HashSet<&str> =
        outcomes.iter().filter(is_right).map(|outcome| &*outcome.name).collect();
    let never = outcomes.iter().map(|outcome| &*outcome.name).filter(|name| !named.contains(name));
    // Where next to nothing arrived, the end of the rest is no pattern.
    assert_eq!(never.collect::<HashSet<&str>>(), HashSet::from(["all but three"]));
}
