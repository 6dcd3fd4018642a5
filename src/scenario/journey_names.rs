//! Names for the journeys that a scenario gives none.

use std::collections::HashSet;

use super::behavior_keys::Journey;
use super::limits::MAX_NAME_CHARS;

/// The name of a journey without a path.
const NO_PATH: &str = "random";
/// The name of a journey that visits nothing but `/`.
const ROOT: &str = "root";

/// Calls every journey without a name after its path, as `home_products_product_123`. Where that is
/// taken a number follows, so that all names stay unique.
pub(super) fn fill_in(journeys: &mut [Journey]) {
    let mut taken: HashSet<String> = journeys.iter().map(|journey| journey.name.clone()).collect();
    for journey in journeys.iter_mut().filter(|journey| journey.name.is_empty()) {
        let name = of_path(&journey.path);
        let mut candidates =
            std::iter::once(name.clone()).chain((2_u32..).map(|n| suffixed(&name, n)));
        if let Some(free) = candidates.find(|candidate| taken.insert(candidate.clone())) {
            journey.name = free;
        }
    }
}

fn of_path(path: &[String]) -> String {
    if path.is_empty() {
        return NO_PATH.to_owned();
    }
    let words: Vec<&str> = path
        .iter()
        .flat_map(|page| page.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() { ROOT.to_owned() } else { first_chars(&words.join("_"), MAX_NAME_CHARS) }
}

fn suffixed(name: &str, number: u32) -> String {
    let suffix = format!("_{number}");
    first_chars(name, MAX_NAME_CHARS - suffix.len()) + &suffix
}

fn first_chars(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

#[cfg(test)]
mod tests {
    use crate::Scenario;

    fn names(paths: &str) -> Vec<String> {
        let scenario = Scenario::from_yaml(&format!("user_journeys: [{paths}]")).unwrap();
        scenario.user_journeys.into_iter().map(|journey| journey.name).collect()
    }

    #[test]
    fn journeys_without_a_name_are_called_after_their_path() {
        let paths = "{ probability: 0.5, path: [/home, /product/123] }, { probability: 0.2, path: [/] }, { probability: 0.3 }";
        assert_eq!(names(paths), ["home_product_123", "root", "random"]);
    }

    #[test]
    fn names_stay_unique_and_given_ones_stand() {
        let paths = "{ probability: 0.4, path: [/a] }, { probability: 0.3, path: [/a] }, { name: a, probability: 0.3 }";
        assert_eq!(names(paths), ["a_2", "a_3", "a"]);
        let long = format!("/{}", "x".repeat(199));
        let found = names(&format!(
            "{{ probability: 0.5, path: [{long}, {long}] }}, {{ probability: 0.5, path: [{long}, {long}] }}"
        ));
        assert_eq!(found[0].chars().count(), 200);
        assert!(found[1].ends_with("_2") && found[1].chars().count() == 200, "{}", found[1]);
    }
}
