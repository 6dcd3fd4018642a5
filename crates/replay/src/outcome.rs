//! The outcome of an event.

use std::sync::Arc;

use serde::Serialize;

/// The end of an event's delivery.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The target has it.
    Delivered,
    /// It was given up.
    GivenUp(Arc<Reason>),
    /// The replay stopped before it was settled.
    Unsettled,
}

/// The reason why an event was given up, as a dead letter has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Reason {
    pub(crate) error: String,
    /// The status of the last response, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    pub(crate) attempts: u32,
    /// The beginning of the last response.
    #[serde(rename = "answer", skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
}

impl Reason {
    /// The reason with the beginning of what the target said, in a line.
    pub(crate) fn told(&self) -> String {
        match &self.response {
            Some(response) => format!("{}, which said {}", self.error, in_a_line(response)),
            None => self.error.clone(),
        }
    }
}

/// The beginning of a text of several lines.
pub(crate) fn in_a_line(text: &str) -> String {
    const MOST: usize = 200;
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MOST).collect()
}
