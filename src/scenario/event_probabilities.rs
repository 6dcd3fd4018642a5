//! The mix of events, and the keys of the built-in ones.

use std::collections::BTreeMap;

use serde::Serialize;

use super::limits::check_name;
use super::problem::Problem;
use super::spelling::spelled;
use crate::event::event_type;

/// The `event_probabilities` section.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EventProbabilities {
    /// The word `auto`: no condition on the mix.
    Auto(AutoWord),
    /// The shares of all events by name; what is not named does not occur.
    Shares(BTreeMap<String, f64>),
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoWord {
    /// Uniform counts within the ranges, every page closed.
    Auto,
}

impl Default for EventProbabilities {
    fn default() -> Self {
        let share = |event: &BuiltIn| (event.key.to_owned(), event.default_share);
        Self::Shares(BUILT_IN.iter().map(share).collect())
    }
}

/// An event that every scenario knows.
pub(super) struct BuiltIn {
    pub(super) key: &'static str,
    pub(super) event_type: &'static str,
    pub(super) default_share: f64,
}

const fn event(key: &'static str, event_type: &'static str, default_share: f64) -> BuiltIn {
    BuiltIn { key, event_type, default_share }
}

/// The events that every scenario knows; a key that is none of theirs is a custom event.
pub(super) const BUILT_IN: [BuiltIn; 6] = [
    event("session_start", event_type::SESSION_CREATED, 0.05),
    event("session_end", event_type::SESSION_ENDED, 0.05),
    event("page_visit", event_type::PAGE_VISITED, 0.25),
    event("page_close", event_type::PAGE_CLOSED, 0.20),
    event("button_click", event_type::BUTTON_CLICKED, 0.40),
    event("link_click", event_type::LINK_CLICK, 0.05),
];

/// The types of events that are not also their keys.
pub(super) fn types_that_are_no_keys() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().filter(|event| event.key != event.event_type).map(|event| event.event_type)
}

/// The problem of a key of the mix, if it has one.
pub(super) fn check_key(key: &str, path: &str) -> Option<Problem> {
    if BUILT_IN.iter().any(|event| event.key == key) {
        return None;
    }
    if let Err(message) = check_name(key) {
        return Some(Problem::error(path, message));
    }
    if let Some(event) = BUILT_IN.iter().find(|event| event.event_type == key) {
        let message = "this is a type of event, not the key of its share";
        return Some(Problem::error(path, message).help(format!("write `{}`", event.key)));
    }
    let near = BUILT_IN.iter().map(|event| event.key).find(|built_in| is_slip(key, built_in))?;
    let message = format!("taken for a custom event, though much like the built-in `{near}`");
    Some(Problem::warning(path, message).help(format!("did you mean `{near}`?")))
}

/// A key that is at most two letters away from another. Names such as `page_scroll`, which begin
/// like a built-in one, are further away.
fn is_slip(key: &str, built_in: &str) -> bool {
    const LETTERS: usize = 2;
    strsim::osa_distance(&spelled(key), built_in) <= LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_events_are_not_taken_for_slips() {
        for key in
            ["page_scroll", "button_hover", "link_open", "session_pause", "click", "video_play"]
        {
            assert_eq!(check_key(key, key), None);
        }
        for key in ["page_visits", "Page-Close", "buton_clik", "sessionstart"] {
            assert!(check_key(key, key).is_some_and(|problem| problem.help.is_some()), "{key}");
        }
    }
}
