//! What pages say, in words.

use serde_json::Value;

/// The text of a member of a value; empty if it is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Names as a sentence has them: the first of them, and how many more.
pub(super) fn listed(names: &[&str]) -> String {
    const NAMED: usize = 5;
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
