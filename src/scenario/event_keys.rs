//! The keys of `event_probabilities`: those that are built in, and what may be mistaken for one.

use crate::event::BuiltIn;

use super::field;
use super::problem::Problem;
use super::spelling::spelled;

/// The types of events that are not also their keys.
pub(super) fn types_that_are_no_keys() -> impl Iterator<Item = &'static str> {
    BuiltIn::ALL.into_iter().map(BuiltIn::event_type).filter(|name| BuiltIn::of_key(name).is_none())
}

/// What is wrong with a key; every key that is not built in is a custom event.
pub(super) fn check(key: &str, path: &str) -> Option<Problem> {
    if BuiltIn::of_key(key).is_some() {
        return None;
    }
    if let Err(message) = field::check_name(key) {
        return Some(Problem::error(path, message));
    }
    if let Some(built_in) = BuiltIn::of_type(key) {
        let message = "this is a type of event, not the key of its share";
        let help = format!("write `{}`", built_in.scenario_key());
        return Some(Problem::error(path, message).help(help));
    }
    let near =
        BuiltIn::ALL.map(BuiltIn::scenario_key).into_iter().find(|near| is_slip(key, near))?;
    let message = format!("taken for a custom event, though much like the built-in `{near}`");
    Some(Problem::warning(path, message).help(format!("did you mean `{near}`?")))
}

/// Whether a key is at most two letters away from another. Names such as `page_scroll`, which begin
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
            assert_eq!(check(key, key), None);
        }
        for key in ["page_visits", "Page-Close", "buton_clik", "sessionstart"] {
            assert!(check(key, key).is_some_and(|problem| problem.help.is_some()), "{key}");
        }
    }
}
