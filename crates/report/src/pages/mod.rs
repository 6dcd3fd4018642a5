//! What a page says of each kind of result.

mod comparison;
mod diff;
mod expect;
mod gauntlet;
mod plan;
mod replay;
mod several;
mod stats;
mod verify;
mod words;

use crate::comparison::ResultComparison;
use crate::page::{Chapter, ReportPage};
use crate::recorded::{RecordedResult, ResultKind};
use crate::view::ResultView;

use several::JudgedChapter;

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
        let mut chapters = each(&views[..recorded], compared);
        chapters.sort_by_key(JudgedChapter::order);
        let mut together: Vec<Chapter> = compared.map(comparison::chapters).unwrap_or_default();
        let checks = compared.map(comparison::plan_checks).unwrap_or_default();
        let verdict = match (together.as_slice(), checks.as_slice()) {
            // All results are of one kind, or a plan and a timeline.
            ([one], []) | ([], [JudgedChapter { chapter: one, .. }])
                if is_of_all(&results[..recorded]) =>
            {
                one.verdict.clone()
            }
            _ => several::verdict(&chapters, &checks),
        };
        together.extend(checks.into_iter().chain(chapters).map(|judged| judged.chapter));
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

/// A chapter for each result, and one for all runs, which are laid over each other.
fn each(views: &[ResultView<'_>], compared: Option<ResultView<'_>>) -> Vec<JudgedChapter> {
    let (runs, others): (Vec<_>, Vec<_>) =
        views.iter().copied().partition(|view| view.result.kind == ResultKind::Replay);
    let mut chapters = match runs.as_slice() {
        [] => Vec::new(),
        [run] => vec![JudgedChapter::new(&[*run], replay::chapter(*run))],
        runs => {
            let numbers = compared.and_then(comparison::replay_numbers);
            vec![JudgedChapter::new(runs, replay::overlay(runs, numbers))]
        }
    };
    chapters.extend(others.into_iter().filter_map(|view| {
        let chapter = match view.result.kind {
            ResultKind::Gauntlet => gauntlet::chapter(view),
            ResultKind::Verify => verify::chapter(view),
            ResultKind::Replay => replay::chapter(view),
            ResultKind::Diff => diff::chapter(view),
            ResultKind::Stats => stats::chapter(view),
            ResultKind::Plan => plan::chapter(view),
            ResultKind::Expect => expect::chapter(view),
            ResultKind::Comparison => return None,
        };
        Some(JudgedChapter::new(&[view], chapter))
    }));
    chapters
}
