//! The score cards of several gauntlets.

use serde::Serialize;
use serde_json::Value;

use event_simulator::quantity::grouped;

use crate::recorded::RecordedResult;

/// Several score cards beside each other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GauntletComparison {
    names: Vec<String>,
    /// The cases that each handles.
    handled: Vec<u64>,
    /// The cases that each was run through.
    run: Vec<usize>,
    /// The cases that the last handles and the first does not.
    better: Vec<String>,
    /// Those that the first handles and the last does not.
    worse: Vec<String>,
    /// Those that the last does not handle.
    not_handled: Vec<String>,
    cases: Vec<CaseRow>,
}

/// How each run did in a case.
#[derive(Clone, Debug, Serialize)]
struct CaseRow {
    name: String,
    outcomes: Vec<String>,
    /// What became of it from the first run to the last that had it; empty if nothing did.
    change: &'static str,
}

/// How a run did in a case.
#[derive(Clone, Copy, Debug, PartialEq)]
enum CaseState {
    Handled,
    Wrong { wrong: u64, of: u64 },
    Failed,
}

impl GauntletComparison {
    pub(super) fn of(results: &[&RecordedResult]) -> Self {
        let cases = |result: &RecordedResult| -> Vec<(String, CaseState)> {
            let cases = result.value["cases"].as_array().into_iter().flatten();
            cases
                .filter_map(|case| Some((case["name"].as_str()?.to_owned(), state(case))))
                .collect()
        };
        let all: Vec<_> = results.iter().map(|result| cases(result)).collect();
        let mut names: Vec<&String> = Vec::new();
        for (name, _) in all.iter().flatten() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let states_of = |name: &str| -> Vec<Option<CaseState>> {
            let of = |run: &Vec<(String, CaseState)>| {
                run.iter().find(|(known, _)| known == name).map(|(_, state)| *state)
            };
            all.iter().map(of).collect()
        };
        let mut compared = Self {
            names: super::names(results),
            handled: results
                .iter()
                .map(|result| result.value["handled"].as_u64().unwrap_or_default())
                .collect(),
            run: all.iter().map(Vec::len).collect(),
            better: Vec::new(),
            worse: Vec::new(),
            not_handled: Vec::new(),
            cases: Vec::new(),
        };
        for name in names {
            compared.add(name, &states_of(name));
        }
        compared
    }

    fn add(&mut self, name: &str, states: &[Option<CaseState>]) {
        let known = || states.iter().flatten();
        let change = known().next().zip(known().next_back());
        let change = change.map_or("", |(first, last)| change_of(*first, *last));
        match change {
            "handled now" => self.better.push(name.to_owned()),
            "not handled any more" => self.worse.push(name.to_owned()),
            _ => {}
        }
        if states.last().is_some_and(|last| last.is_some_and(|last| last != CaseState::Handled)) {
            self.not_handled.push(name.to_owned());
        }
        let outcomes = states.iter().map(|state| told(*state)).collect();
        self.cases.push(CaseRow { name: name.to_owned(), outcomes, change });
    }
}

fn state(case: &Value) -> CaseState {
    let count = |name: &str| case["outcome"]["not_handled"][name].as_u64();
    match (case["outcome"].as_str(), count("wrong"), count("of")) {
        (Some("handled"), ..) => CaseState::Handled,
        (_, Some(wrong), Some(of)) => CaseState::Wrong { wrong, of },
        _ => CaseState::Failed,
    }
}

fn told(state: Option<CaseState>) -> String {
    match state {
        None => "not run".to_owned(),
        Some(CaseState::Handled) => "handled".to_owned(),
        Some(CaseState::Wrong { wrong, of }) => {
            format!("{} of {} wrong", grouped(wrong), grouped(of))
        }
        Some(CaseState::Failed) => "failed".to_owned(),
    }
}

fn change_of(first: CaseState, last: CaseState) -> &'static str {
    match (first, last) {
        (CaseState::Handled, CaseState::Handled) | (CaseState::Failed, CaseState::Failed) => "",
        (CaseState::Handled, _) => "not handled any more",
        (_, CaseState::Handled) => "handled now",
        (CaseState::Wrong { wrong: before, .. }, CaseState::Wrong { wrong, .. }) => {
            match wrong.cmp(&before) {
                std::cmp::Ordering::Less => "fewer wrong",
                std::cmp::Ordering::Equal => "",
                std::cmp::Ordering::Greater => "more wrong",
            }
        }
        (_, CaseState::Failed) => "fails now",
        (CaseState::Failed, _) => "runs now",
    }
}
