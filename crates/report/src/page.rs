//! The page: a verdict, then why, then pictures, then tables.

use serde::Serialize;
use serde_json::Value;

use crate::picture::{Form, JsonPlace, Picture};
use crate::recorded::RecordedResult;

/// What a report says, before it is drawn.
#[derive(Clone, Debug, Serialize)]
pub struct ReportPage {
    /// All in one line.
    pub verdict: PageVerdict,
    /// A part for each result, those first in which something is wrong.
    pub chapters: Vec<Chapter>,
    /// The results, as they were recorded.
    #[serde(skip)]
    pub results: Vec<RecordedResult>,
}

/// Whether all is well.
#[derive(Clone, Debug, Serialize)]
pub struct PageVerdict {
    /// True if nothing is wrong.
    pub is_ok: bool,
    /// It in one line.
    pub line: String,
}

/// What a report says of a result, or of several that are laid over each other.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter {
    /// The command that gives such results.
    pub command: &'static str,
    /// What was recorded.
    pub name: String,
    /// The verdict.
    pub verdict: PageVerdict,
    /// The numbers that matter.
    pub facts: Vec<Fact>,
    /// Why it is so, the likeliest first.
    pub reasons: Vec<ReportReason>,
    /// Pictures, then tables.
    pub pictures: Vec<Picture>,
}

/// A number that matters.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// The number.
    pub value: JsonPlace,
    /// Its form.
    pub form: Form,
    /// The command line that gives it.
    pub read: String,
}

/// Why something is as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReportReason {
    /// What it is about; empty if the text says that.
    pub title: String,
    /// The reason.
    pub text: String,
    /// More about it, a line each.
    pub details: Vec<String>,
    /// The line at which two timelines part, with the fields that differ, if it is about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts_at: Option<JsonPlace>,
    /// A command line that shows it again; empty if there is none.
    pub again: String,
}

impl ReportPage {
    /// The value at a place.
    pub fn value(&self, place: &JsonPlace) -> Option<&Value> {
        self.results.get(place.result)?.value.pointer(place.in_result())
    }
}
