//! The verdict on several results: what is wrong and where, the gravest first.

use std::cmp::Reverse;

use serde_json::Value;

use super::words::listed;
use crate::page::{Chapter, PageVerdict};
use crate::recorded::ResultKind;
use crate::view::ResultView;

/// A chapter, with what the verdict on all says of it.
pub(super) struct JudgedChapter {
    /// The results that it is about.
    label: String,
    /// True if it is about one; of several its own line names the one that is wrong.
    is_of_one: bool,
    /// How much of it is wrong, the most first; and the place of its kind.
    rank: (Reverse<u64>, usize),
    pub(super) chapter: Chapter,
}

/// Kinds of results of which as much is wrong, those first of which that is the gravest: events are lost, a pipeline loses them,
/// it would lose them.
const GRAVEST_FIRST: [ResultKind; 8] = [
    ResultKind::Replay,
    ResultKind::Verify,
    ResultKind::Gauntlet,
    ResultKind::Stats,
    ResultKind::Diff,
    ResultKind::Expect,
    ResultKind::Plan,
    ResultKind::Comparison,
];

impl JudgedChapter {
    /// A chapter of some results of a kind.
    pub(super) fn new(views: &[ResultView<'_>], chapter: Chapter) -> Self {
        let names: Vec<&str> = views.iter().map(|view| &*view.result.name).collect();
        let kind = views.first().map_or(ResultKind::Comparison, |view| view.result.kind);
        let wrong = views.iter().map(|view| wrong_share(*view)).max().unwrap_or_default();
        let (label, is_of_one) = (names.join(", "), views.len() == 1);
        Self { label, is_of_one, rank: (Reverse(wrong), place(kind)), chapter }
    }

    /// A chapter of a comparison, which is as grave as one of such a result.
    pub(super) fn of_check(label: String, chapter: Chapter) -> Self {
        Self { label, is_of_one: true, rank: (Reverse(0), place(ResultKind::Stats)), chapter }
    }

    /// The order in which chapters stand.
    pub(super) fn order(&self) -> (bool, Reverse<u64>, usize) {
        let (wrong, place) = self.rank;
        (self.chapter.verdict.is_ok, wrong, place)
    }
}

fn place(kind: ResultKind) -> usize {
    GRAVEST_FIRST.iter().position(|other| *other == kind).unwrap_or(GRAVEST_FIRST.len())
}

/// The millionths of a result that are wrong: of its events, rows, cases or lines.
pub(super) fn wrong_share(view: ResultView<'_>) -> u64 {
    const ALL: u64 = 1_000_000;
    let sum = |path: &str| -> u64 {
        let counts = view.get(path).as_object().into_iter().flatten();
        counts.filter_map(|(_, count)| count.as_u64()).sum()
    };
    let counts = |paths: &[&str]| -> u64 { paths.iter().map(|path| view.count(path)).sum() };
    let (wrong, all) = match view.result.kind {
        ResultKind::Replay if view.text("outcome") != "complete" => (1, 1),
        ResultKind::Replay => {
            let lost = counts(&["dead_letters", "given_up_before", "unsettled"]);
            (lost, lost + view.count("delivered"))
        }
        ResultKind::Verify => (sum("counts"), counts(&["sizes/sent", "sizes/rows"])),
        ResultKind::Gauntlet => {
            let cases = view.items("cases");
            let is_wrong = |case: &&Value| case["outcome"].as_str() != Some("handled");
            (cases.iter().filter(is_wrong).count() as u64, cases.len() as u64)
        }
        ResultKind::Stats => (view.count("errors"), counts(&["errors", "events"])),
        ResultKind::Diff => (sum("total"), counts(&["events/0", "events/1"])),
        ResultKind::Expect | ResultKind::Plan | ResultKind::Comparison => (0, 0),
    };
    // More findings than events are all of them.
    wrong.saturating_mul(ALL) / all.max(wrong).max(1)
}

/// The verdict on results and checks: the gravest that is not OK, where it is, and which are not OK either.
pub(super) fn verdict(chapters: &[JudgedChapter], checks: &[JudgedChapter]) -> PageVerdict {
    let is_wrong = |judged: &&JudgedChapter| !judged.chapter.verdict.is_ok;
    let mut wrong: Vec<_> = chapters.iter().chain(checks).filter(is_wrong).collect();
    wrong.sort_by_key(|judged| judged.order());
    match (chapters, wrong.as_slice()) {
        ([], _) => PageVerdict { is_ok: false, line: "There is no result".to_owned() },
        ([one], _) => one.chapter.verdict.clone(),
        (all, []) => PageVerdict {
            is_ok: true,
            line: format!("All {} results are as they should be", all.len()),
        },
        (all, [gravest, others @ ..]) => {
            let Chapter { command, verdict, .. } = &gravest.chapter;
            let place =
                if gravest.is_of_one { format!(", {}", gravest.label) } else { String::new() };
            let mut line = format!("{command}{place}: {}", verdict.line);
            if !others.is_empty() {
                let names: Vec<&str> = others.iter().map(|judged| &*judged.label).collect();
                line = format!("{line}. Not OK either: {}", listed(&names));
            }
            let right = all.iter().filter(|judged| judged.chapter.verdict.is_ok).count();
            let rest = match right {
                0 => String::new(),
                1 => ". 1 other is OK".to_owned(),
                some => format!(". {some} others are OK"),
            };
            PageVerdict { is_ok: false, line: line + &rest }
        }
    }
}
