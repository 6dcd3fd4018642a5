//! The verdict on several results: what is wrong and where, the gravest first.

use std::cmp::Reverse;

use serde_json::Value;

use super::listed;
use crate::page::{Chapter, PageVerdict};
use crate::recorded::ResultKind;
use crate::view::ResultView;

/// A chapter, with what the verdict on all says of it.
pub(super) struct JudgedChapter {
    /// The results that it is about.
    label: String,
    /// True if it is about one; of several its own line names the one that is wrong.
    is_of_one: bool,
    /// The place of its kind, those first of which a fault is the gravest; and how much is wrong, the most first.
    rank: (usize, Reverse<u64>),
    pub(super) chapter: Chapter,
}

/// Kinds of results, those first of which a fault is the gravest: events are lost, a pipeline loses them, it would lose them.
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
        let wrong = views.iter().map(|view| wrong(*view)).max().unwrap_or_default();
        let (label, is_of_one) = (names.join(", "), views.len() == 1);
        Self { label, is_of_one, rank: (place(kind), Reverse(wrong)), chapter }
    }

    /// A chapter of a comparison, which is as grave as one of such a result.
    pub(super) fn of_check(label: String, chapter: Chapter) -> Self {
        Self { label, is_of_one: true, rank: (place(ResultKind::Stats), Reverse(0)), chapter }
    }

    /// The order in which chapters stand.
    pub(super) fn order(&self) -> (bool, usize, Reverse<u64>) {
        let (place, wrong) = self.rank;
        (self.chapter.verdict.is_ok, place, wrong)
    }
}

fn place(kind: ResultKind) -> usize {
    GRAVEST_FIRST.iter().position(|other| *other == kind).unwrap_or(GRAVEST_FIRST.len())
}

/// How much is wrong in a result.
pub(super) fn wrong(view: ResultView<'_>) -> u64 {
    let sum = |path: &str| -> u64 {
        let counts = view.get(path).as_object().into_iter().flatten();
        counts.filter_map(|(_, count)| count.as_u64()).sum()
    };
    match view.result.kind {
        ResultKind::Replay => {
            ["dead_letters", "given_up_before", "unsettled"].map(|path| view.count(path)).iter().sum()
        }
        ResultKind::Verify => sum("counts"),
        ResultKind::Gauntlet => {
            let is_wrong = |case: &&Value| case["outcome"].as_str() != Some("handled");
            view.items("cases").iter().filter(is_wrong).count() as u64
        }
        ResultKind::Stats => view.count("errors"),
        ResultKind::Diff => sum("total"),
        ResultKind::Expect | ResultKind::Plan | ResultKind::Comparison => 0,
    }
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
            let place = if gravest.is_of_one { format!(", {}", gravest.label) } else { String::new() };
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
