//! What a page says of each kind of result.

mod comparison;
mod diff;
mod expect;
mod gauntlet;
mod plan;
mod replay;
mod stats;
mod verify;

use serde_json::Value;

use crate::comparison::ResultComparison;
use crate::page::{Chapter, PageVerdict, ReportPage};
use crate::recorded::{RecordedResult, ResultKind};
use crate::view::ResultView;

impl ReportPage {
    /// The page of results. Those of a kind are laid over each other, too.
    pub fn of(mut results: Vec<RecordedResult>) -> Self {
        let comparison = ResultComparison::of(&results);
        let recorded = results.len();
        if !comparison.is_empty() {
            // Maps with names as keys cannot fail to be written.
            let value = serde_json::to_value(&comparison).unwrap_or_default();
            results.push(RecordedResult::of_comparison(&results, value));
        }
        let views = ResultView::all(&results);
        let compared = views.get(recorded).copied();
        let mut chapters: Vec<Chapter> = each(&views[..recorded], compared);
        chapters.sort_by_key(|chapter| chapter.verdict.is_ok);
        let mut together: Vec<Chapter> = compared.map(comparison::chapters).unwrap_or_default();
        let verdict = match together.as_slice() {
            // All results are of one kind, or a plan and a timeline.
            [one] if is_of_all(&results[..recorded]) => one.verdict.clone(),
            _ => verdict(&chapters),
        };
        together.extend(chapters);
        Self { verdict, chapters: together, results }
    }
}

/// True if results are all of one kind, or a plan and a timeline.
fn is_of_all(results: &[RecordedResult]) -> bool {
    let mut kinds: Vec<ResultKind> = results.iter().map(|result| result.kind).collect();
    kinds.sort_unstable();
    let is_pair = kinds == [ResultKind::Stats, ResultKind::Plan];
    kinds.dedup();
    is_pair || kinds.len() == 1
}

/// The verdict on several results.
fn verdict(chapters: &[Chapter]) -> PageVerdict {
    let wrong = chapters.iter().filter(|chapter| !chapter.verdict.is_ok).count();
    match chapters {
        [one] => one.verdict.clone(),
        [] => PageVerdict { is_ok: false, line: "There is no result".to_owned() },
        all if wrong == 0 => PageVerdict {
            is_ok: true,
            line: format!("All {} results are as they should be", all.len()),
        },
        all => PageVerdict {
            is_ok: false,
            line: format!("In {wrong} of {} results something is wrong", all.len()),
        },
    }
}

/// A chapter for each result, and one for all runs, which are laid over each other.
fn each(views: &[ResultView<'_>], compared: Option<ResultView<'_>>) -> Vec<Chapter> {
    let (runs, others): (Vec<_>, Vec<_>) =
        views.iter().copied().partition(|view| view.result.kind == ResultKind::Replay);
    let mut chapters = match runs.as_slice() {
        [] => Vec::new(),
        [run] => vec![replay::chapter(*run)],
        runs => {
            let numbers = compared.and_then(comparison::replay_numbers);
            vec![replay::overlay(runs, numbers)]
        }
    };
    chapters.extend(others.into_iter().filter_map(|view| match view.result.kind {
        ResultKind::Gauntlet => Some(gauntlet::chapter(view)),
        ResultKind::Verify => Some(verify::chapter(view)),
        ResultKind::Replay => Some(replay::chapter(view)),
        ResultKind::Diff => Some(diff::chapter(view)),
        ResultKind::Stats => Some(stats::chapter(view)),
        ResultKind::Plan => Some(plan::chapter(view)),
        ResultKind::Expect => Some(expect::chapter(view)),
        ResultKind::Comparison => None,
    }));
    chapters
}

/// The text of a member of a value; empty if it is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Names as a sentence has them: the first of them, and how many more.
fn listed(names: &[&str]) -> String {
    const NAMED: usize = 5;
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
