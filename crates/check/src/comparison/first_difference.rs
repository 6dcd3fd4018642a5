//! The line at which two files part.

use serde::Serialize;

use event_simulator::wire::EventFields;

/// The first line that is not the same in both files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FirstDifference {
    /// Its number, from 1.
    pub line: u64,
    /// It in the first file; none if that has ended.
    pub left: Option<String>,
    /// It in the second file.
    pub right: Option<String>,
}

impl FirstDifference {
    pub(crate) fn new(line: u64, left: Option<&[u8]>, right: Option<&[u8]>) -> Self {
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        Self { line, left: left.map(text), right: right.map(text) }
    }

    /// The names of the fields in which the two lines differ; empty unless both are events.
    pub fn fields(&self) -> Vec<String> {
        let event = |line: &'_ Option<String>| {
            EventFields::of_line(line.as_deref()?.as_bytes()).ok()?.to_event().ok()
        };
        match (event(&self.left), event(&self.right)) {
            (Some(left), Some(right)) => {
                left.differing_fields(&right).into_iter().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}
