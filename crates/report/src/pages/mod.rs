//! What a page says of each kind of result.

mod gauntlet;
mod verify;

use serde_json::Value;

use crate::page::{Chapter, ResultView};
use crate::recorded::{RecordedResult, ResultKind};

/// A chapter for each result.
pub(crate) fn chapters(results: &[RecordedResult]) -> Vec<Chapter> {
    ResultView::all(results)
        .into_iter()
        .map(|view| match view.result.kind {
            ResultKind::Gauntlet => gauntlet::chapter(view),
            _ => verify::chapter(view),
        })
        .collect()
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
