//! The mix of events, and the keys of the built-in ones.

use std::collections::BTreeMap;

use serde::Serialize;

use super::limits::check_name;
use super::problem::Problem;
use super::spelling::spelled;
use crate::event::BuiltIn;

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
        let share = |event: BuiltIn| (event.scenario_key().to_owned(), default_share(event));
        Self::Shares(BuiltIn::ALL.into_iter().map(share).collect())
    }
}

/// The share of a built-in event in the default mix.
pub(super) const fn default_share(event: BuiltIn) -> f64 {
    match event {
        BuiltIn::PageVisited => 0.25,
        BuiltIn::PageClosed => 0.20,
        BuiltIn::ButtonClicked => 0.40,
        BuiltIn::SessionCreated | BuiltIn::SessionEnded | BuiltIn::LinkClick => 0.05,
    }
}

/// The types of events that are not also their keys.
pub(super) fn types_that_are_no_keys() -> impl Iterator<Item = &'static str> {
    BuiltIn::ALL.into_iter().map(BuiltIn::event_type).filter(|name| BuiltIn::of_key(name).is_none())
}

/// The problem of a key of the mix, if it has one.
pub(super) fn check_key(key: &str, path: &str) -> Option<Problem> {
    if BuiltIn::of_key(key).is_some() {
        return None;
    }
    if let Err(message) = check_name(key) {
        return Some(Problem::error(path, message));
    }
    if let Some(event) = BuiltIn::of_type(key) {
        let message = "this is a type of event, not the key of its share";
        return Some(
            Problem::error(path, message).help(format!("write `{}`", event.scenario_key())),
        );
    }
    let near =
        BuiltIn::ALL.map(BuiltIn::scenario_key).into_iter().find(|near| is_slip(key, near))?;
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
