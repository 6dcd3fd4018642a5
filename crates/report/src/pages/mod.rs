//! What a page says of each kind of result.

mod diff;
mod expect;
mod gauntlet;
mod plan;
mod replay;
mod stats;
mod verify;

use serde_json::Value;

use crate::page::{Chapter, PageVerdict, ReportPage};
use crate::recorded::{RecordedResult, ResultKind};
use crate::view::ResultView;

impl ReportPage {
    /// The page of results. Several of `replay` are laid over each other.
    pub fn of(results: Vec<RecordedResult>) -> Self {
        let mut chapters = chapters(&results);
        chapters.sort_by_key(|chapter| chapter.verdict.is_ok);
        let wrong = chapters.iter().filter(|chapter| !chapter.verdict.is_ok).count();
        let verdict = match chapters.as_slice() {
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
        };
        Self { verdict, chapters, results }
    }
}

/// A chapter for each result, and one for all runs, which are laid over each other.
fn chapters(results: &[RecordedResult]) -> Vec<Chapter> {
    let (runs, others): (Vec<_>, Vec<_>) = ResultView::all(results)
        .into_iter()
        .partition(|view| view.result.kind == ResultKind::Replay);
    let mut chapters = match runs.as_slice() {
        [] => Vec::new(),
        [run] => vec![replay::chapter(*run)],
        runs => vec![replay::overlay(runs)],
    };
    chapters.extend(others.into_iter().map(|view| match view.result.kind {
        ResultKind::Gauntlet => gauntlet::chapter(view),
        ResultKind::Verify => verify::chapter(view),
        ResultKind::Replay => replay::chapter(view),
        ResultKind::Diff => diff::chapter(view),
        ResultKind::Stats => stats::chapter(view),
        ResultKind::Plan => plan::chapter(view),
        ResultKind::Expect => expect::chapter(view),
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
