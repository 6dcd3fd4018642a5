//! What a command wrote as JSON.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::picture::JsonPlace;

/// The kind of a result: the command that gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultKind {
    /// A score card of `gauntlet`.
    Gauntlet,
    /// Findings of `verify`.
    Verify,
    /// A summary of `replay` or `run`.
    Replay,
    /// A difference of `diff`.
    Diff,
    /// Statistics of `stats`.
    Stats,
    /// A forecast of `plan`.
    Plan,
    /// True tables of `expect`.
    Expect,
    /// A comparison of results by `report`.
    Comparison,
}

/// Each kind, and the members by which its JSON is known.
const KINDS: [(ResultKind, &[&str]); 7] = [
    (ResultKind::Gauntlet, &["handled", "cases", "again"]),
    (ResultKind::Verify, &["subject", "counts", "causes", "first"]),
    (ResultKind::Replay, &["outcome", "delivered", "lag"]),
    (ResultKind::Diff, &["origins", "by_type", "total"]),
    (ResultKind::Stats, &["events", "types", "over_time"]),
    (ResultKind::Plan, &["mix", "events_per_session", "bytes_per_event"]),
    (ResultKind::Expect, &["timeline", "tables"]),
];

impl ResultKind {
    /// The kind of a JSON value, if it is a result.
    fn find(value: &Value) -> Option<Self> {
        let has = |names: &&(Self, &[&str])| names.1.iter().all(|name| value.get(name).is_some());
        KINDS.iter().find(has).map(|(kind, _)| *kind)
    }
}

/// A result as its command wrote it.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedResult {
    /// The kind.
    pub kind: ResultKind,
    /// The file that it was read from, or the command that gave it.
    pub name: String,
    /// The command line that reads a part of it, with `{}` where the path of the part stands.
    #[serde(skip)]
    pub read: String,
    /// The path of the result in what is read.
    #[serde(skip)]
    within: &'static str,
    /// The JSON.
    pub value: Value,
}

/// A JSON value that no command wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownResult;

impl fmt::Display for UnknownResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a result: name what --json, --summary of replay and run, or --report of verify has written",
        )
    }
}

impl std::error::Error for UnknownResult {}

impl RecordedResult {
    /// The result that a JSON value is, told by its members.
    ///
    /// # Errors
    ///
    /// [`UnknownResult`] if it is none.
    pub fn new(
        name: impl Into<String>,
        value: Value,
        read: impl Into<String>,
    ) -> Result<Self, UnknownResult> {
        let (name, read) = (name.into(), read.into());
        if let Some(kind) = ResultKind::find(&value) {
            return Ok(Self { kind, name, read, within: "", value });
        }
        // What --report of verify writes has all findings around its report.
        let report = value.get("report").ok_or(UnknownResult)?;
        let kind = ResultKind::find(report).ok_or(UnknownResult)?;
        Ok(Self { kind, name, read, within: ".report", value: report.clone() })
    }

    /// The comparison of results, which `report --json` prints.
    pub(crate) fn of_comparison(results: &[Self], value: Value) -> Self {
        let names: Vec<&str> = results.iter().map(|result| &*result.name).collect();
        let words: Vec<String> = names.iter().map(|name| shell_word(name)).collect();
        Self {
            kind: ResultKind::Comparison,
            name: names.join(", "),
            read: format!("event-simulator report {} --json | jq {{}}", words.join(" ")),
            within: "",
            value,
        }
    }

    /// The command line that gives the value at a place.
    pub(crate) fn command(&self, place: &JsonPlace) -> String {
        let mut path = self.within.to_owned();
        for part in place.in_result().split('/').filter(|part| !part.is_empty()) {
            let is_word = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !part.starts_with(|c: char| c.is_ascii_digit());
            let step = match part.parse::<usize>() {
                Ok(index) => format!("[{index}]"),
                Err(_) if is_word => format!(".{part}"),
                Err(_) => format!("[{}]", Value::from(part.replace("~1", "/").replace("~0", "~"))),
            };
            path.push_str(&step);
        }
        if !path.starts_with('.') {
            path.insert(0, '.');
        }
        self.read.replace("{}", &shell_word(&path))
    }
}

/// A path or a name as a shell takes it.
fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_command_line_gives_the_value_at_a_place() {
        let report = json!({"subject": "", "counts": {}, "causes": [], "first": {}});
        let findings = json!({"findings": [], "report": report});
        let result = RecordedResult::new("f.json", findings, "jq {} f.json").unwrap();
        assert_eq!(
            (result.kind, result.value.get("counts")),
            (ResultKind::Verify, Some(&json!({})))
        );
        let place = JsonPlace::of(0);
        for (place, command) in [
            (place.clone(), "jq .report f.json"),
            (place.at("counts"), "jq .report.counts f.json"),
            (place.at("marked").at("0"), "jq '.report.marked[0]' f.json"),
            (place.at("by_type").at("it's 1/2"), r#"jq '.report.by_type["it'\''s 1/2"]' f.json"#),
        ] {
            assert_eq!(result.command(&place), command);
        }
    }

    #[test]
    fn what_no_command_wrote_is_refused() {
        for value in [json!(1), json!([]), json!({}), json!({"report": {}}), json!({"handled": 1})]
        {
            assert_eq!(RecordedResult::new("a", value, "").unwrap_err(), UnknownResult);
        }
    }
}
